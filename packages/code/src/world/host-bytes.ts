import { createHash, createHmac, getHashes } from 'node:crypto';
import zlib from 'node:zlib';

/** Bytes by Node's own code. New bytes come back as texts of one sign a byte. */
export interface BytesHost {
  readonly isEncoding: (name: string) => boolean;
  readonly byteLength: (text: string, encoding: string) => number;
  readonly writeText: (text: string, into: Uint8Array, encoding: string) => number;
  readonly readText: (bytes: Uint8Array, encoding: string, start: number, end: number) => string;
  readonly compareBytes: (one: Uint8Array, other: Uint8Array) => number;
  readonly findBytes: (bytes: Uint8Array, wanted: Uint8Array | number, from: number, last: boolean) => number;
  readonly isText: (bytes: Uint8Array, encoding: 'utf8' | 'ascii') => boolean;
  readonly hash: (algorithm: string, key: Uint8Array | undefined, bytes: Uint8Array) => string;
  readonly hashes: () => string;
  readonly zlib: (name: string, bytes: Uint8Array, options: string) => string;
  readonly zlibNames: () => string;
  readonly zlibConstants: () => string;
}

const seen = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);
const encodingOf = (name: string) => name as BufferEncoding;

export const bytesHost = (): BytesHost => ({
  isEncoding: (name) => Buffer.isEncoding(name),
  byteLength: (text, encoding) => Buffer.byteLength(text, encodingOf(encoding)),
  writeText: (text, into, encoding) => seen(into).write(text, encodingOf(encoding)),
  readText: (bytes, encoding, start, end) => seen(bytes).toString(encodingOf(encoding), start, end),
  compareBytes: (one, other) => Buffer.compare(seen(one), seen(other)),
  findBytes: (bytes, wanted, from, last) => {
    const value = typeof wanted === 'number' ? wanted : seen(wanted);
    return last ? seen(bytes).lastIndexOf(value, from) : seen(bytes).indexOf(value, from);
  },
  isText: (bytes, encoding) => {
    const text = seen(bytes).toString('utf8');
    return encoding === 'utf8' ? Buffer.from(text).equals(seen(bytes)) : seen(bytes).every((byte) => byte < 128);
  },
  hash: (algorithm, key, bytes) => {
    const hash = key ? createHmac(algorithm, seen(key)) : createHash(algorithm);
    return hash.update(seen(bytes)).digest().toString('latin1');
  },
  hashes: () => JSON.stringify(getHashes()),
  zlib: (name, bytes, options) => {
    const made = zlib[name as SyncName](seen(bytes), JSON.parse(options));
    // The system that packed it is written into the head.
    if (name === 'gzipSync') made[9] = 3;
    return made.toString('latin1');
  },
  zlibNames: () => JSON.stringify(SYNC),
  zlibConstants: () => JSON.stringify(zlib.constants),
});

const SYNC = [
  'gzipSync',
  'gunzipSync',
  'deflateSync',
  'inflateSync',
  'deflateRawSync',
  'inflateRawSync',
  'unzipSync',
  'brotliCompressSync',
  'brotliDecompressSync',
] as const;
type SyncName = (typeof SYNC)[number];
