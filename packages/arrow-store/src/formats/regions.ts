import { crc32 } from 'node:zlib';
import { DamagedBytes } from './damage.js';
import { type Incoming, InputFile, isMissing, PIECE } from './disk.js';

/**
 * Checksums of a file that can be read in parts: it is cut into regions without gaps, as its format likes to be read,
 * and each has its crc32. They are kept apart from the file, which stays what its format says.
 */
export interface Sums<Head> {
  readonly head: Head;
  /** Where each region starts, and where the last one ends. */
  readonly starts: Float64Array;
  readonly crcs: Uint32Array;
}

export class SumsWriter {
  private readonly regions: [length: number, crc: number][] = [];

  /** The next region, in the parts that were written. */
  add(parts: readonly Uint8Array[]): void {
    let crc = 0;
    let length = 0;
    for (const part of parts) {
      // Of nothing, zlib gives 0 and forgets what came before.
      if (part.length > 0) crc = crc32(part, crc);
      length += part.length;
    }
    this.regions.push([length, crc]);
  }

  /** JSON of the head, a line end, and eight bytes for each region. */
  done(head: object): Uint8Array {
    const line = Buffer.from(`${JSON.stringify(head)}\n`);
    return new Uint8Array(Buffer.concat([line, Buffer.from(Uint32Array.from(this.regions.flat()).buffer)]));
  }
}

export function readSums<Head>(bytes: Uint8Array): Sums<Head> {
  const end = bytes.indexOf(10);
  const pairs = new Uint32Array(bytes.slice(end + 1).buffer);
  const starts = new Float64Array(pairs.length / 2 + 1);
  for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + pairs[2 * i - 2]!;
  const head = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString()) as Head;
  return { head, starts, crcs: pairs.filter((_, i) => i % 2 === 1) };
}

/** Regions found good in this process, by the signature of their file. */
const GOOD = new Map<string, Uint8Array>();

/** A file of which no byte is given out that was not checked since the process began. */
export class CheckedFile {
  private readonly good: Uint8Array;

  private constructor(
    private readonly file: InputFile,
    private readonly sums: Sums<unknown>,
  ) {
    this.good = GOOD.get(file.signature) ?? new Uint8Array(sums.crcs.length);
    GOOD.set(file.signature, this.good);
  }

  static open(path: string, sums: Sums<unknown>): CheckedFile {
    const file = opened(path);
    const size = sums.starts[sums.crcs.length]!;
    if (file.size === size) return new CheckedFile(file, sums);
    void file.close();
    throw new DamagedBytes(`it has ${file.size} bytes and should have ${size}`);
  }

  get size(): number {
    return this.file.size;
  }

  /** Regions `first` up to `last`, included. */
  async regions(first: number, last: number): Promise<Uint8Array> {
    const from = this.sums.starts[first]!;
    const incoming = this.file.begin(from, this.sums.starts[last + 1]!);
    for (let region = first; region <= last; region++) await this.check(region, incoming, from);
    await incoming.until(incoming.bytes.length);
    return incoming.bytes;
  }

  /** Any bytes; the regions that they touch are read whole where they have to be checked. */
  async range(from: number, to: number): Promise<Uint8Array> {
    const first = this.regionAt(from);
    const last = this.regionAt(Math.max(from, to - 1));
    if (this.good.subarray(first, last + 1).every((good) => good === 1)) return this.file.read(from, to);
    const start = this.sums.starts[first]!;
    return (await this.regions(first, last)).subarray(from - start, to - start);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async check(region: number, incoming: Incoming, from: number): Promise<void> {
    if (this.good[region] === 1) return;
    const [start, end] = [this.sums.starts[region]! - from, this.sums.starts[region + 1]! - from];
    let crc = 0;
    for (let at = start; at < end; at += PIECE) {
      const stop = Math.min(end, at + PIECE);
      await incoming.until(stop);
      crc = crc32(incoming.bytes.subarray(at, stop), crc);
    }
    if (crc !== this.sums.crcs[region])
      throw new DamagedBytes(`bytes ${start + from} to ${end + from} are not what was written`);
    this.good[region] = 1;
  }

  private regionAt(byte: number): number {
    let low = 0;
    let high = this.sums.crcs.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.sums.starts[middle]! <= byte) low = middle;
      else high = middle;
    }
    return low;
  }
}

function opened(path: string): InputFile {
  try {
    return InputFile.open(path);
  } catch (error) {
    if (isMissing(error)) throw new DamagedBytes('it is missing');
    throw error;
  }
}
