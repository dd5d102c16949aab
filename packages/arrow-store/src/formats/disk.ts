import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { DamagedBytes } from './damage.js';

/** The only file of the formats that touches the disk. */
const pread = promisify(fs.read);

export class InputFile {
  private readonly reading = new Set<Promise<void>>();

  private constructor(
    private fd: number,
    readonly path: string,
    readonly size: number,
    /** Changes when the content may have. */
    readonly signature: string,
  ) {}

  static open(path: string): InputFile {
    const fd = fs.openSync(path, 'r');
    const { ino, size, mtimeNs, ctimeNs } = fs.fstatSync(fd, { bigint: true });
    return new InputFile(fd, path, Number(size), `${path}:${ino}:${size}:${mtimeNs}:${ctimeNs}`);
  }

  /** Into a buffer of its own, which the caller may keep. */
  async read(from: number, to: number): Promise<Uint8Array> {
    const { bytes, until } = this.begin(from, to);
    await until(bytes.length);
    return bytes;
  }

  /** Starts to read, so that the first bytes can be looked at while the others come in. */
  begin(from: number, to: number): Incoming {
    const buffer = Buffer.allocUnsafeSlow(to - from);
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += PIECE) pieces.push(this.fill(bytes.subarray(at, at + PIECE), from + at));
    for (const piece of pieces) {
      this.reading.add(piece);
      const done = () => void this.reading.delete(piece);
      // Whoever waits for a piece hears of its failure; the others must not go unheard by the process.
      piece.then(done, done);
    }
    return { bytes, until: async (end) => void (await Promise.all(pieces.slice(0, Math.ceil(end / PIECE)))) };
  }

  private async fill(bytes: Uint8Array, from: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await pread(this.fd, bytes, done, bytes.length - done, from + done);
      if (bytesRead === 0) throw new DamagedBytes(`it ends at byte ${from + done}, before byte ${from + bytes.length}`);
      done += bytesRead;
    }
  }

  /** Waits for what is being read: the file's number goes to the next one that is opened, whose bytes would come instead. */
  async close(): Promise<void> {
    const { fd } = this;
    this.fd = NONE;
    await Promise.allSettled(this.reading);
    if (fd !== NONE) fs.closeSync(fd);
  }
}

const NONE = -1;

export interface Incoming {
  readonly bytes: Uint8Array;
  /** Resolves when the bytes before this one are there. */
  until(end: number): Promise<void>;
}

/** Also the step in which bytes are checked while more are read. */
export const PIECE = 2 << 20;

/** A new file, written from its start, hashed on the way. */
export class OutputFile {
  private readonly fd: number;
  private readonly hash: Hash = createHash('sha256');
  position = 0;

  constructor(path: string) {
    this.fd = fs.openSync(path, 'w');
  }

  /** The disk writes while the processor hashes. */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    const writing = this.writeAll(parts);
    for (const part of parts) this.hash.update(part);
    await writing;
  }

  private async writeAll(parts: readonly Uint8Array[]): Promise<void> {
    let left = parts.filter((part) => part.length > 0);
    while (left.length > 0) {
      const { bytesWritten } = await writev(this.fd, left.slice(0, 500), this.position);
      this.position += bytesWritten;
      left = after(left, bytesWritten);
    }
  }

  /** The digest of all that was written. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}

const writev = promisify(fs.writev) as unknown as (
  fd: number,
  parts: readonly Uint8Array[],
  position: number,
) => Promise<{ bytesWritten: number }>;

function after(parts: readonly Uint8Array[], written: number): Uint8Array[] {
  let at = 0;
  let rest = written;
  while (at < parts.length && rest >= parts[at]!.length) rest -= parts[at++]!.length;
  const [first, ...others] = parts.slice(at);
  return first === undefined ? [] : [first.subarray(rest), ...others];
}

export const replaceFile = (from: string, to: string): void => fs.renameSync(from, to);
export const removeFile = (path: string): void => fs.rmSync(path, { force: true });

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of fs.createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
