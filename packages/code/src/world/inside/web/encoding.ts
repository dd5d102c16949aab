import type { Realm } from '../realm.js';

/** Texts and bytes. @internal */
export const encoding = ({ host, coded }: Realm) => {
  const isSource = (given: unknown) => ArrayBuffer.isView(given) || given instanceof ArrayBuffer;
  const bytesOf = (given: unknown) => {
    if (!isSource(given))
      throw coded(
        TypeError,
        'The "input" argument must be an instance of ArrayBuffer or ArrayBufferView.',
        'ERR_INVALID_ARG_TYPE',
      );
    if (given instanceof ArrayBuffer) return new Uint8Array(given);
    const { buffer, byteOffset, byteLength } = given as ArrayBufferView;
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }
    encode(given: unknown = '') {
      const text = `${given}`;
      const bytes = new Uint8Array(host.utf8Length(text));
      host.utf8Into(text, bytes);
      return bytes;
    }
    encodeInto(given: unknown, into: Uint8Array) {
      return JSON.parse(host.utf8Into(`${given}`, into));
    }
    get [Symbol.toStringTag]() {
      return 'TextEncoder';
    }
  }
  class TextDecoder {
    readonly #encoding: string;
    readonly #fatal: boolean;
    readonly #ignoreBOM: boolean;
    /** Of a decoder of the host that waits for more. */
    #open = 0;
    constructor(label: unknown = 'utf-8', options: { readonly fatal?: unknown; readonly ignoreBOM?: unknown } = {}) {
      this.#encoding = host.encodingOf(`${label}`);
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBOM;
    }
    decode(given: unknown = new Uint8Array(0), options: { readonly stream?: unknown } = {}) {
      const bytes = bytesOf(given);
      const name = `${this.#encoding},${this.#fatal},${this.#ignoreBOM}`;
      if (!options?.stream && this.#open === 0) return host.decode(name, bytes);
      if (this.#open === 0) this.#open = host.openDecoder(name);
      const open = this.#open;
      if (!options?.stream) this.#open = 0;
      return host.decodeMore(open, bytes, Boolean(options?.stream));
    }
    get [Symbol.toStringTag]() {
      return 'TextDecoder';
    }
  }
  return { TextEncoder, TextDecoder };
};
