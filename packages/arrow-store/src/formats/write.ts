/** What a writer says of the file that it has written. */
export interface Written {
  readonly rows: number;
  readonly bytes: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
  /** Checksums of its parts, to be kept beside it. */
  readonly sums: Uint8Array;
}
