import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { DamagedBytes } from './damage.js';

/** The only file of the formats that touches the disk. */
const preadAsync = promisify(fs.read);

export class InputFile {
  private constructor(
    private readonly fd: number,
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

  /** Into a buffer of its own: the caller may keep it. */
  async read(from: number, to: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(to - from);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await preadAsync(this.fd, bytes, done, Math.min(bytes.length - done, MOST), from + done);
      if (bytesRead === 0) throw new DamagedBytes(`it ends at byte ${from + done}, before byte ${to}`);
      done += bytesRead;
    }
    return new Uint8Array(bytes.buffer, 0, bytes.length);
  }

  async close(): Promise<void> {
    fs.closeSync(this.fd);
  }
}

const MOST = 1 << 30;

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
