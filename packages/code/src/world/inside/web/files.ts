import type { Realm } from '../realm.js';

type Part = string | Blob | ArrayBuffer | ArrayBufferView;

/** Bytes with a type, made at no time. @internal */
export const files = ({ clock, the }: Realm) => {
  const encode = (text: string) =>
    new (the<new () => { encode(text: string): Uint8Array }>('TextEncoder'))().encode(text);
  let bytesIn: (blob: Blob) => Uint8Array;
  class Blob {
    #bytes: Uint8Array;
    #type: string;
    static {
      bytesIn = (blob) => blob.#bytes;
    }
    constructor(parts: Iterable<Part> = [], options: { readonly type?: unknown } = {}) {
      this.#bytes = joined([...parts].map(bytesOf));
      const type = `${options?.type ?? ''}`;
      this.#type = /[^ -~]/.test(type) ? '' : type.toLowerCase();
    }
    get size() {
      return this.#bytes.length;
    }
    get type() {
      return this.#type;
    }
    slice(start?: number, end?: number, type = '') {
      return new Blob([this.#bytes.slice(start, end)], { type });
    }
    async arrayBuffer() {
      return this.#bytes.slice().buffer;
    }
    async bytes() {
      return this.#bytes.slice();
    }
    async text() {
      return new (the<new () => { decode(bytes: Uint8Array): string }>('TextDecoder'))().decode(this.#bytes);
    }
    stream() {
      return new (the<new () => object>('ReadableStream'))();
    }
    get [Symbol.toStringTag]() {
      return 'Blob';
    }
  }
  const bytesOf = (part: unknown): Uint8Array => {
    if (part instanceof Blob) return bytesIn(part);
    if (part instanceof ArrayBuffer) return new Uint8Array(part);
    if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    return encode(`${part}`);
  };
  const joined = (parts: readonly Uint8Array[]) => {
    const made = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      made.set(part, at);
      at += part.length;
    }
    return made;
  };
  class File extends Blob {
    readonly #name: string;
    readonly #lastModified: number;
    constructor(
      parts: Iterable<Part>,
      name: unknown,
      options: { readonly type?: unknown; readonly lastModified?: unknown } = {},
    ) {
      super(parts, options);
      this.#name = `${name}`;
      this.#lastModified = options?.lastModified === undefined ? clock : Number(options.lastModified);
    }
    get name() {
      return this.#name;
    }
    get lastModified() {
      return this.#lastModified;
    }
    override get [Symbol.toStringTag]() {
      return 'File';
    }
  }
  return { Blob, File };
};
