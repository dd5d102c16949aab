import type { Batch, Columns, Format, ObjectId, Objects, RowsReader } from '@millrace/core';
import { DamagedError } from '@millrace/core';
import * as disk from './disk.js';
import type { Place } from './place.js';
import { digest } from './signed.js';

/** `objects/ab/<sha256>.<what it is>`, and beside rows `….sum`: the checks of their blocks. */
export class FileObjects implements Objects {
  /** Found good in this process, as long as the file is the same. */
  private readonly verified = new Map<ObjectId, string>();

  constructor(
    private readonly place: Place,
    private readonly keep: (objects: readonly ObjectId[]) => void,
    private readonly format: Format,
  ) {}

  async putRows(batches: AsyncIterable<Batch> | Iterable<Batch>, columns: Columns, format: Format) {
    const { writeRows } = await import('./formats/index.js');
    const draft = this.place.draft();
    try {
      const wanted = format === 'auto' ? this.format : format;
      const { rows, bytes, sha256, sums } = await writeRows(draft, batches, columns, wanted);
      const object = `${sha256}.${kindOf(draft)}`;
      this.putSums(object, sums);
      this.put(draft, object);
      return { object, rows, bytes };
    } finally {
      disk.remove(draft);
    }
  }

  async openRows(object: ObjectId): Promise<RowsReader> {
    const { openRows, DamagedBytes } = await import('./formats/index.js');
    const path = this.find(object);
    const checked = async <T>(act: () => Promise<T>): Promise<T> => {
      try {
        return await act();
      } catch (error) {
        if (error instanceof DamagedBytes) throw this.damaged(object, error.what);
        throw error;
      }
    };
    const reader = await checked(async () => openRows(path, await this.sumsOf(object)));
    return {
      batches: reader.batches,
      read: (batch, columns) => checked(() => reader.read(batch, columns)),
      close: () => reader.close(),
    };
  }

  async putBytes(bytes: Uint8Array): Promise<ObjectId> {
    const object = `${digest(bytes)}.bin`;
    if (this.renewed(object, bytes)) return object;
    const draft = this.place.draft();
    disk.write(draft, bytes, false);
    this.put(draft, object);
    return object;
  }

  async getBytes(object: ObjectId): Promise<Uint8Array> {
    const found = disk.readSigned(this.find(object));
    if (!found) throw this.damaged(object, 'it is missing');
    if (this.verified.get(object) !== found.signature) this.check(object, digest(found.bytes), found.signature);
    return found.bytes;
  }

  async putFile(from: string): Promise<{ object: ObjectId; bytes: number }> {
    const draft = this.place.draft();
    const executable = disk.stat(from)?.executable === true;
    const { sha256, bytes } = await disk.copyHashed(from, draft);
    const object = `${sha256}.${executable ? 'exe' : 'bin'}`;
    this.put(draft, object);
    return { object, bytes };
  }

  async placeFile(object: ObjectId, to: string, how: 'link' | 'copy'): Promise<void> {
    const path = this.find(object);
    const signature = disk.stat(path)?.signature ?? '';
    if (this.verified.get(object) !== signature) this.check(object, await disk.hashFile(path), signature);
    await disk.placeAt(path, to, how);
    disk.protect(to, object.endsWith('.exe'));
    // A new link changes the file's ctime, not its content.
    this.verified.set(object, disk.stat(path)?.signature ?? '');
  }

  missing(objects: readonly ObjectId[]): readonly ObjectId[] {
    return objects.filter((object) => this.locate(object) === undefined);
  }

  /** Where an object lies. What a sweep put into the trash a moment ago comes back. */
  private locate(object: ObjectId): string | undefined {
    const path = this.pathOf(object);
    if (this.place.damage.isBad(path)) return undefined;
    if (disk.exists(path)) return path;
    const trash = `${this.place.root}/trash/${object}`;
    if (!this.place.writable) return disk.exists(trash) ? trash : undefined;
    return disk.moveIfThere(trash, path) ? path : undefined;
  }

  private find(object: ObjectId): string {
    const path = this.locate(object);
    if (path === undefined) throw this.damaged(object, 'it is missing');
    return path;
  }

  /** The name is the content, so a file under it is replaced by the same, or by what it should have been. */
  private put(draft: string, object: ObjectId): void {
    disk.protect(draft, object.endsWith('.exe'));
    if (this.place.options.durable) disk.sync(draft);
    this.keep([object]);
    const path = this.pathOf(object);
    disk.move(draft, path);
    this.place.touched(path.slice(0, path.lastIndexOf('/')));
  }

  private renewed(object: ObjectId, bytes: Uint8Array): boolean {
    const path = this.locate(object);
    if (path === undefined || !disk.read(path)?.equals(bytes)) return false;
    this.keep([object]);
    return disk.touch(path);
  }

  private putSums(object: ObjectId, sums: Uint8Array): void {
    const draft = this.place.draft();
    disk.write(draft, Buffer.concat([sums, Buffer.from(digest(sums), 'hex')]), this.place.options.durable);
    disk.move(draft, `${this.pathOf(object)}.sum`);
  }

  /** Broken sums do not make good rows bad: the whole is checked, and the sums are made again. */
  private async sumsOf(object: ObjectId): Promise<Uint8Array> {
    const path = `${this.pathOf(object)}.sum`;
    const bytes = disk.read(path);
    // A copy, so that it begins where its buffer does.
    const sums = bytes && new Uint8Array(bytes.subarray(0, -32));
    if (bytes && sums && digest(sums) === bytes.subarray(-32).toString('hex')) return sums;
    if (bytes) this.place.damage.setAside(path, 'the checks of an object are broken');
    throw this.damaged(object, 'its checks are lost');
  }

  private check(object: ObjectId, sha256: string, signature: string): void {
    if (!object.startsWith(sha256)) throw this.damaged(object, 'its content is not what its name says');
    this.verified.set(object, signature);
  }

  private damaged(object: ObjectId, what: string): DamagedError {
    this.place.damage.setAside(this.pathOf(object), what);
    return new DamagedError(object, `${object}: ${what}`);
  }

  private pathOf(object: ObjectId): string {
    return `${this.place.root}/objects/${object.slice(0, 2)}/${object}`;
  }
}

const kindOf = (path: string): string => {
  const head = disk.start(path, 6).toString('latin1');
  if (head === 'ARROW1') return 'arrow';
  return head.startsWith('PAR1') ? 'parquet' : 'jsonl';
};
