import type { Random } from '../random.js';
import type { Realm } from '../realm.js';

type Bytes = Uint8Array;
interface BufferClass {
  from(given: unknown, encoding?: unknown): Bytes & { toString(encoding: unknown): string };
  concat(list: readonly Bytes[]): Bytes;
  alloc(size: number): Bytes;
}

/** Hashes; what is random is drawn from the row. @internal */
export const crypto = ({ host, the }: Realm, Buffer: BufferClass, random: Random) => {
  const bytesOf = (given: unknown, encoding?: unknown) =>
    typeof given === 'string'
      ? Buffer.from(given, encoding)
      : Buffer.from(
          ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : given,
        );
  const told = (latin1: string, encoding: unknown) => {
    const bytes = Buffer.from(latin1, 'latin1');
    return encoding === undefined || encoding === null || encoding === 'buffer' ? bytes : bytes.toString(encoding);
  };
  class Hash {
    readonly #algorithm: string;
    readonly #key: Bytes | undefined;
    readonly #parts: Bytes[];
    #ended = false;
    constructor(algorithm: string, key?: Bytes, parts: Bytes[] = []) {
      this.#algorithm = algorithm;
      this.#key = key;
      this.#parts = parts;
    }
    update(given: unknown, encoding?: unknown) {
      this.#open();
      this.#parts.push(bytesOf(given, encoding));
      return this;
    }
    digest(encoding?: unknown) {
      this.#open();
      this.#ended = true;
      return told(host.hash(this.#algorithm, this.#key, Buffer.concat(this.#parts)), encoding);
    }
    copy() {
      this.#open();
      return new Hash(this.#algorithm, this.#key, [...this.#parts]);
    }
    #open() {
      if (this.#ended) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    }
  }
  const begin = (algorithm: unknown, key?: Bytes) => {
    host.hash(`${algorithm}`, key, new Uint8Array(0));
    return new Hash(`${algorithm}`, key);
  };
  const randomBytes = (size: number, done?: (error: null, bytes: Bytes) => void) => {
    const bytes = Buffer.alloc(size);
    random.bytes(bytes);
    if (done) queueMicrotask(() => done(null, bytes));
    return done ? undefined : bytes;
  };
  const randomFillSync = (into: ArrayBufferView, offset = 0, size = into.byteLength - offset) => {
    random.bytes(new Uint8Array(into.buffer, into.byteOffset + offset, size));
    return into;
  };
  const web = the<{ getRandomValues: unknown; randomUUID: unknown }>('crypto');
  return {
    Hash,
    Hmac: Hash,
    createHash: (algorithm: unknown) => begin(algorithm),
    createHmac: (algorithm: unknown, key: unknown) => begin(algorithm, bytesOf(key)),
    hash: (algorithm: string, data: unknown, encoding: unknown = 'hex') =>
      told(host.hash(algorithm, undefined, bytesOf(data)), encoding),
    getHashes: () => JSON.parse(host.hashes()),
    timingSafeEqual: (one: Bytes, other: Bytes) => {
      if (one.byteLength !== other.byteLength) throw new RangeError('Input buffers must have the same byte length');
      return host.compareBytes(one, other) === 0;
    },
    randomBytes,
    pseudoRandomBytes: randomBytes,
    randomFillSync,
    randomInt: (low: number, high?: number) => {
      const [from, below] = high === undefined ? [0, low] : [low, high];
      return from + Math.floor(Math.random() * (below - from));
    },
    randomUUID: web.randomUUID,
    getRandomValues: web.getRandomValues,
    webcrypto: web,
  };
};
