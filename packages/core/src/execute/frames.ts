import type { Batch } from '../columns/column.js';
import { pack, unpack } from '../columns/pack.js';

/** What one finished call, or batch of calls, gave: what a journal holds. */
export interface Answered {
  /** 16 bytes for each entry. */
  readonly keys: Uint8Array;
  /** Rows of each entry, for stages that give 0..n. */
  readonly counts?: Uint32Array;
  readonly batch: Batch;
}

export function packAnswered({ keys, counts, batch }: Answered): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(keys.length / 16, 0);
  head.writeUInt32LE(counts ? 1 : 0, 4);
  const body = counts ? [head, keys, Buffer.from(counts.buffer, counts.byteOffset, counts.byteLength)] : [head, keys];
  const before = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...body, Buffer.alloc((8 - (before % 8)) % 8), pack(batch)]);
}

export function unpackAnswered(frame: Uint8Array): Answered {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const entries = bytes.readUInt32LE(0);
  const counted = bytes.readUInt32LE(4) === 1;
  const keys = Uint8Array.from(bytes.subarray(8, 8 + entries * 16));
  const afterKeys = 8 + entries * 16;
  const end = afterKeys + (counted ? entries * 4 : 0);
  const counts = counted ? new Uint32Array(Uint8Array.from(bytes.subarray(afterKeys, end)).buffer) : undefined;
  return {
    keys,
    ...(counts && { counts }),
    batch: unpack(Uint8Array.from(bytes.subarray(end + ((8 - (end % 8)) % 8)))),
  };
}
