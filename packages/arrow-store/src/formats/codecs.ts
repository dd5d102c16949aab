import * as zlib from 'node:zlib';
import { CompressionType, compressionRegistry } from 'apache-arrow';
import { DamagedBytes, FormatError } from './damage.js';
import { decodeLz4 } from './lz4.js';

/** Since Node 22.15. */
interface Zstd {
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
}

const noZstd = () =>
  new FormatError(
    '',
    'An Arrow file is compressed with zstd, which this Node can not undo. Use Node 22.15 or later, or write it with lz4, uncompressed, or as Parquet.',
  );

/** Buffers of compressed Arrow files, as others write them; ours are not compressed. */
export function registerCodecs(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => decodeLz4(bytes, sizeBefore(bytes)) });
  compressionRegistry.set(CompressionType.ZSTD, { decode: decodeZstd });
}

/** The format puts a buffer's unfolded size before its bytes. `checkBatch` has looked at it. */
const sizeBefore = ({ buffer, byteOffset }: Uint8Array): number =>
  Number(new DataView(buffer, byteOffset - 8).getBigInt64(0, true));

function decodeZstd(bytes: Uint8Array): Uint8Array {
  const { zstdDecompressSync } = zlib as Zstd;
  if (zstdDecompressSync === undefined) throw noZstd();
  const size = sizeBefore(bytes);
  // Node counts a limit of 0 as none.
  const unfolded = new Uint8Array(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }));
  if (unfolded.length !== size) throw new DamagedBytes('a compressed part of it is broken');
  return unfolded;
}
