import * as zlib from 'node:zlib';
import { CompressionType, compressionRegistry } from 'apache-arrow';
import { FormatError } from './damage.js';
import { decodeLz4 } from './lz4.js';

/** Since Node 22.15. */
interface Zstd {
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array;
}

const noZstd = () =>
  new FormatError(
    '',
    'An Arrow file is compressed with zstd, which this Node can not undo. Use Node 22.15 or later, or write it with lz4, uncompressed, or as Parquet.',
  );

/** Buffers of compressed Arrow files, as others write them; ours are not compressed. */
export function registerCodecs(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decodeLz4 });
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (bytes) => {
      const { zstdDecompressSync } = zlib as Zstd;
      if (zstdDecompressSync === undefined) throw noZstd();
      return new Uint8Array(zstdDecompressSync(bytes));
    },
  });
}
