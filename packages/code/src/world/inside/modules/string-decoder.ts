type Bytes = Uint8Array;
interface BufferClass {
  from(bytes: Bytes): Bytes;
  concat(list: readonly Bytes[]): Bytes & { toString(encoding: string): string };
  isEncoding(name: unknown): boolean;
}

/** Texts from bytes that arrive in pieces. @internal */
export const stringDecoder = (Buffer: BufferClass) => {
  /** Bytes at the end that are the beginning of a sign. */
  const open = (bytes: Bytes, encoding: string): number => {
    if (encoding === 'base64' || encoding === 'base64url') return bytes.length % 3;
    if (encoding === 'utf16le') {
      const odd = bytes.length % 2;
      const high = bytes[bytes.length - odd - 1] as number;
      return bytes.length >= 2 && high >= 0xd8 && high < 0xdc ? odd + 2 : odd;
    }
    if (encoding !== 'utf8') return 0;
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back] as number;
      if (byte >= 0xc2 && byte < 0xf5) return back < (byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4) ? back : 0;
      if (byte < 0x80 || byte > 0xbf) return 0;
    }
    return 0;
  };
  const names: Record<string, string> = {
    'utf-8': 'utf8',
    ucs2: 'utf16le',
    'ucs-2': 'utf16le',
    'utf-16le': 'utf16le',
    binary: 'latin1',
  };
  class StringDecoder {
    readonly encoding: string;
    #rest: Bytes = new Uint8Array(0);
    constructor(encoding: unknown = 'utf8') {
      const name = `${encoding}`.toLowerCase();
      if (!Buffer.isEncoding(name))
        throw Object.assign(new TypeError(`Unknown encoding: ${encoding}`), { code: 'ERR_UNKNOWN_ENCODING' });
      this.encoding = names[name] ?? name;
    }
    write(given: Bytes | string) {
      if (typeof given === 'string') return given;
      const bytes = Buffer.concat([this.#rest, given]);
      const whole = bytes.length - open(bytes, this.encoding);
      this.#rest = bytes.slice(whole);
      return Buffer.concat([bytes.slice(0, whole)]).toString(this.encoding);
    }
    end(given?: Bytes | string) {
      const told = given === undefined ? '' : this.write(given);
      const rest = Buffer.concat([this.#rest]);
      this.#rest = new Uint8Array(0);
      return told + rest.toString(this.encoding);
    }
  }
  return { StringDecoder };
};
