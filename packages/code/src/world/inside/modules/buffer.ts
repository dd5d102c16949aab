import type { Realm } from '../realm.js';

type Bytes = Uint8Array;
type Value = string | number | Bytes;

/** Node's `Buffer` over bytes of this realm; texts cross to the host, which knows all encodings. @internal */
export const buffer = ({ host, methods, the, coded }: Realm) => {
  const check = (encoding: unknown) => {
    const name = encoding === undefined || encoding === null ? 'utf8' : `${encoding}`;
    if (!host.isEncoding(name)) throw coded(TypeError, `Unknown encoding: ${name}`, 'ERR_UNKNOWN_ENCODING');
    return name;
  };
  const fromText = (text: string, encoding?: unknown) => {
    const name = check(encoding);
    const made = new Buffer(host.byteLength(text, name));
    const length = host.writeText(text, made, name);
    return length === made.length ? made : made.subarray(0, length);
  };
  const fromList = (list: ArrayLike<number>) => {
    const made = new Buffer(list.length);
    for (let at = 0; at < list.length; at++) made[at] = list[at] as number;
    return made;
  };
  const refuse = (given: unknown): never => {
    const told =
      typeof given === 'object' && given !== null ? 'an instance of Object' : `${typeof given} ${String(given)}`;
    const wanted = 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object';
    throw coded(TypeError, `The first argument must be ${wanted}. Received ${told}`, 'ERR_INVALID_ARG_TYPE');
  };
  const bytesOf = (value: Value, encoding?: unknown): Bytes =>
    typeof value === 'string' ? fromText(value, encoding) : (value as Bytes);

  class Buffer extends Uint8Array {
    static poolSize = 8192;
    static override from(given: unknown, encoding?: unknown, length?: number): Buffer {
      if (typeof given === 'string') return fromText(given, encoding);
      if (given instanceof ArrayBuffer) return new Buffer(given, encoding as number, length);
      if (ArrayBuffer.isView(given)) return fromList(given as Uint8Array);
      if (typeof given !== 'object' || given === null) return refuse(given);
      const plain = (given as { valueOf(): unknown }).valueOf();
      if (plain !== given && plain !== null) return Buffer.from(plain, encoding, length);
      const { type, data } = given as { type?: unknown; data?: unknown };
      if (type === 'Buffer' && Array.isArray(data)) return fromList(data);
      return 'length' in given ? fromList(given as ArrayLike<number>) : refuse(given);
    }
    static override of(...given: number[]): Buffer {
      return fromList(given);
    }
    static alloc(size: number, fill?: Value, encoding?: unknown): Buffer {
      const made = new Buffer(size);
      return fill === undefined || fill === 0 ? made : made.fill(fill, encoding);
    }
    static allocUnsafe(size: number) {
      return new Buffer(size);
    }
    static allocUnsafeSlow(size: number) {
      return new Buffer(size);
    }
    static isBuffer(given: unknown) {
      return given instanceof Buffer;
    }
    static isEncoding(name: unknown) {
      return typeof name === 'string' && host.isEncoding(name);
    }
    static byteLength(given: string | ArrayBuffer | ArrayBufferView, encoding?: unknown) {
      return typeof given === 'string' ? host.byteLength(given, check(encoding)) : given.byteLength;
    }
    static compare(a: Bytes, b: Bytes) {
      return host.compareBytes(a, b);
    }
    static concat(list: readonly Bytes[], length?: number): Buffer {
      const made = new Buffer(length ?? list.reduce((all, { length: each }) => all + each, 0));
      let at = 0;
      for (const each of list) {
        if (at >= made.length) break;
        const part = at + each.length > made.length ? each.subarray(0, made.length - at) : each;
        made.set(part, at);
        at += part.length;
      }
      return made;
    }
    override subarray(start?: number, end?: number): Buffer {
      return super.subarray(start, end) as Buffer;
    }
    override slice(start?: number, end?: number): Buffer {
      return this.subarray(start, end);
    }
    override toString(encoding?: unknown, start = 0, end = this.length): string {
      return host.readText(this, check(encoding), start, end);
    }
    override toLocaleString(...given: unknown[]): string {
      return this.toString(...(given as [unknown, number, number]));
    }
    toJSON() {
      return { type: 'Buffer', data: Array.from(this) };
    }
    equals(other: Bytes) {
      return host.compareBytes(this, other) === 0;
    }
    compare(other: Bytes, start = 0, end = other.length, ownStart = 0, ownEnd = this.length) {
      return host.compareBytes(this.subarray(ownStart, ownEnd), other.subarray(start, end));
    }
    write(text: string, ...given: unknown[]) {
      const encoding = typeof given.at(-1) === 'string' ? given.pop() : undefined;
      const [offset = 0, length = this.length - Number(offset)] = given as number[];
      return host.writeText(text, this.subarray(offset, offset + length), check(encoding));
    }
    copy(into: Bytes, at = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + into.length - at));
      into.set(part, at);
      return part.length;
    }
    override fill(value: Value, ...given: unknown[]): this {
      const encoding = typeof given.at(-1) === 'string' ? given.pop() : undefined;
      const [start = 0, end = this.length] = given as number[];
      if (typeof value === 'number') return super.fill(value & 255, start, end);
      const part = bytesOf(value, encoding);
      for (let at = start; at < end; at++)
        this[at] = part.length === 0 ? 0 : (part[(at - start) % part.length] as number);
      return this;
    }
    override indexOf(value: Value, ...given: unknown[]): number {
      return this.#find(value, given, false);
    }
    override lastIndexOf(value: Value, ...given: unknown[]): number {
      return this.#find(value, given, true);
    }
    override includes(value: Value, ...given: unknown[]): boolean {
      return this.#find(value, given, false) >= 0;
    }
    #find(value: Value, given: unknown[], last: boolean): number {
      const encoding = typeof given.at(-1) === 'string' ? given.pop() : undefined;
      const wanted = typeof value === 'number' ? value & 255 : bytesOf(value, encoding);
      return host.findBytes(this, wanted, given[0] === undefined ? (last ? this.length : 0) : Number(given[0]), last);
    }
    swap16() {
      return this.#swap(2);
    }
    swap32() {
      return this.#swap(4);
    }
    swap64() {
      return this.#swap(8);
    }
    #swap(size: number) {
      if (this.length % size !== 0) throw new RangeError(`Buffer size must be a multiple of ${size * 8}-bits`);
      for (let at = 0; at < this.length; at += size) super.subarray(at, at + size).reverse();
      return this;
    }
    get parent() {
      return this.buffer;
    }
    get offset() {
      return this.byteOffset;
    }
  }

  const view = ({ buffer: all, byteOffset, byteLength }: Bytes) => new DataView(all, byteOffset, byteLength);
  const guard = (own: Bytes, offset: number, size: number) => {
    if (Number.isInteger(offset) && offset >= 0 && offset + size <= own.length) return;
    if (own.length < size)
      throw coded(RangeError, 'Attempt to access memory outside buffer bounds', 'ERR_BUFFER_OUT_OF_BOUNDS');
    const range = `It must be >= 0 and <= ${own.length - size}. Received ${offset}`;
    throw coded(RangeError, `The value of "offset" is out of range. ${range}`, 'ERR_OUT_OF_RANGE');
  };
  const numbers: readonly (readonly [name: string, get: string, size: number])[] = [
    ['Int16', 'Int16', 2],
    ['UInt16', 'Uint16', 2],
    ['Int32', 'Int32', 4],
    ['UInt32', 'Uint32', 4],
    ['Float', 'Float32', 4],
    ['Double', 'Float64', 8],
    ['BigInt64', 'BigInt64', 8],
    ['BigUInt64', 'BigUint64', 8],
  ];
  type Access = Record<string, (offset: number, ...given: unknown[]) => unknown>;
  const accessors = (name: string, get: string, { size, little }: { size: number; little: boolean }) =>
    methods(Buffer.prototype, {
      [`read${name}`](this: Bytes, offset = 0) {
        guard(this, offset, size);
        return (view(this) as unknown as Access)[`get${get}`]?.(offset, little);
      },
      [`write${name}`](this: Bytes, value: unknown, offset = 0) {
        guard(this, offset, size);
        (view(this) as unknown as Access)[`set${get}`]?.(offset, value, little);
        return offset + size;
      },
    });
  for (const [name, get, size] of numbers)
    for (const end of ['LE', 'BE']) accessors(`${name}${end}`, get, { size, little: end === 'LE' });
  accessors('Int8', 'Int8', { size: 1, little: true });
  accessors('UInt8', 'Uint8', { size: 1, little: true });

  const integers = (name: string, little: boolean, signed: boolean) => {
    const order = (size: number) => Array.from({ length: size }, (_, at) => (little ? size - 1 - at : at));
    methods(Buffer.prototype, {
      [`read${name}`](this: Bytes, offset: number, size: number) {
        guard(this, offset, size);
        const value = order(size).reduce((all, at) => all * 256 + (this[offset + at] as number), 0);
        return signed && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
      },
      [`write${name}`](this: Bytes, value: number, offset: number, size: number) {
        guard(this, offset, size);
        let left = value < 0 ? value + 2 ** (size * 8) : value;
        for (const at of order(size).reverse()) {
          this[offset + at] = left % 256;
          left = Math.floor(left / 256);
        }
        return offset + size;
      },
    });
  };
  for (const end of ['LE', 'BE'])
    for (const kind of ['Int', 'UInt']) integers(`${kind}${end}`, end === 'LE', kind === 'Int');
  const own = Buffer.prototype as unknown as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(own))
    if (name.includes('UInt')) methods(own, { [name.replace('UInt', 'Uint')]: own[name] });

  /** Called as a function by old packages: with a size, or with what `from` takes. */
  const made: typeof Buffer = new Proxy(Buffer, {
    apply: (_, __, [given, ...more]) => (typeof given === 'number' ? Buffer.alloc(given) : Buffer.from(given, ...more)),
    construct: (Kind, given, target) =>
      typeof given[0] === 'number' || given[0] instanceof ArrayBuffer
        ? Reflect.construct(Kind, given, target === made ? Kind : target)
        : Buffer.from(...(given as [unknown])),
  });
  methods(Buffer.prototype, { constructor: made });
  return {
    Buffer: made,
    SlowBuffer: made,
    kMaxLength: 2 ** 32,
    constants: { MAX_LENGTH: 2 ** 32, MAX_STRING_LENGTH: 2 ** 29 - 24 },
    INSPECT_MAX_BYTES: 50,
    isUtf8: (bytes: Bytes) => host.isText(bytes, 'utf8'),
    isAscii: (bytes: Bytes) => host.isText(bytes, 'ascii'),
    atob: the('atob'),
    btoa: the('btoa'),
    Blob: the('Blob'),
    File: the('File'),
  };
};
