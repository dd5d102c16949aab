import type { Realm } from '../realm.js';

type Bytes = Uint8Array;
interface BufferClass {
  from(given: unknown, encoding?: unknown): Bytes;
}

export const zlib = ({ host }: Realm, Buffer: BufferClass) => {
  const own: Record<string, unknown> = { constants: JSON.parse(host.zlibConstants()) };
  for (const name of JSON.parse(host.zlibNames()) as string[])
    own[name] = (given: unknown, options?: object) => {
      const bytes = ArrayBuffer.isView(given)
        ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
        : Buffer.from(given);
      return Buffer.from(host.zlib(name, bytes, JSON.stringify(options ?? {})), 'latin1');
    };
  return Object.assign(own, own['constants']);
};
