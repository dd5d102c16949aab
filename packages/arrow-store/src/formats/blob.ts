/** Gives bytes of a file; it is not asked for any that it does not have. */
export interface ByteSource {
  readonly size: number;
  bytes(from: number, to: number): Uint8Array;
}

/**
 * What parquet-wasm takes for a Blob. It must never fail: an error while the module waits for bytes ends the process.
 * So bytes are read and checked before, and a failure is kept for afterwards.
 */
export class FileBlob {
  constructor(
    private readonly source: ByteSource,
    private readonly failed: (error: unknown) => void,
    private readonly from = 0,
    private readonly to = source.size,
  ) {}

  get size(): number {
    return this.to - this.from;
  }

  slice(start = 0, end = this.size): FileBlob {
    return new FileBlob(this.source, this.failed, this.from + start, Math.min(this.to, this.from + end));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    try {
      bytes.set(this.source.bytes(this.from, this.to));
    } catch (error) {
      this.failed(error);
    }
    return bytes.buffer;
  }
}
