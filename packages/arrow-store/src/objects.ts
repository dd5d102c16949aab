import { dirname } from 'node:path';
import type { Batch, Columns, Digest, Format, ObjectId, Objects, RowsReader } from '@millrace/core';
import { DamagedError } from '@millrace/core';
import * as disk from './disk.js';
import { explained, isUnreadable } from './failure.js';
import type { Written } from './formats/index.js';
import type { Place } from './place.js';
import { isTrash } from './rooms.js';
import { digest } from './signed.js';

/** `objects/ab/<sha256>.<what it is>`, and beside rows `….sum`: the checks of their blocks. */
export class FileObjects implements Objects {
  /** Found good in this process, as long as the file is the same. */
  private readonly verified = new Map<ObjectId, string>();
  /** The same of files that are placed: each new link changes a file's ctime, not its content. */
  private readonly placeable = new Map<ObjectId, { readonly path: string; readonly stamp: disk.Stamp }>();
  /** Where the last link was made: its folder is there. */
  private folder = '';

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
      this.keep([object]);
      this.putSums(object, sums);
      this.put(draft, object);
      return { object, rows, bytes, checks: digest(sums) };
    } catch (error) {
      throw explained(error, 'Rows cannot be written', this.place.root);
    } finally {
      disk.remove(draft);
    }
  }

  async openRows(object: ObjectId, checks?: Digest): Promise<RowsReader> {
    const { openRows, DamagedBytes } = await import('./formats/index.js');
    const checked = async <T>(act: () => Promise<T>): Promise<T> => {
      try {
        return await act();
      } catch (error) {
        if (error instanceof DamagedBytes) throw this.damaged(object, error.what);
        if (isUnreadable(error)) throw this.damaged(object, UNREADABLE);
        throw error;
      }
    };
    const sums = await this.sumsOf(object, checks);
    const reader = await checked(() => this.reading(object, (path) => openRows(path, sums)));
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
    const { bytes, signature } = await this.reading(object, (path) =>
      this.legible(object, async () => disk.readSigned(path)),
    );
    if (this.verified.get(object) !== signature) this.check(object, digest(bytes), signature);
    return bytes;
  }

  async putFile(from: string): Promise<{ object: ObjectId; bytes: number }> {
    const draft = this.place.draft();
    const executable = disk.isExecutable(from);
    const { sha256, bytes } = await disk.copyHashed(from, draft);
    const object = `${sha256}.${executable ? 'exe' : 'bin'}`;
    this.put(draft, object);
    return { object, bytes };
  }

  /** By link this is a look at the object and the link, and nothing is waited for. All else takes longer: the first use, another file there, a copy. */
  placeFile(object: ObjectId, to: string, how: 'link' | 'copy'): Promise<void> | undefined {
    return how === 'link' && this.linked(object, to) ? undefined : this.placed(object, to, how);
  }

  /** False for whatever is not plain: the long way finds out why. The link itself is looked at: its path is the shorter one. */
  private linked(object: ObjectId, to: string): boolean {
    const known = this.placeable.get(object);
    if (!known) return false;
    try {
      if (!this.isInFolder(to)) this.folder = disk.makeFolder(dirname(to));
      disk.link(known.path, to);
      if (disk.isSame(to, known.stamp)) return true;
      disk.remove(to);
      return false;
    } catch {
      return false;
    }
  }

  /** A folder's files come one after the other: its name is compared in place, not cut out of each path. */
  private isInFolder(to: string): boolean {
    return to.lastIndexOf('/') === this.folder.length && to.startsWith(this.folder);
  }

  private async placed(object: ObjectId, to: string, how: 'link' | 'copy'): Promise<void> {
    await this.reading(object, async (path) => {
      await this.checkFile(object, path);
      await disk.placeAt(path, to, how);
      return true;
    });
  }

  /** Read as a whole unless it is as it was when it was read. Whoever may write into one link writes into all of them. */
  private async checkFile(object: ObjectId, path: string): Promise<void> {
    const known = this.placeable.get(object);
    if (known?.path === path && disk.isSame(path, known.stamp)) return;
    this.placeable.delete(object);
    const before = disk.stampOf(path);
    const found = await this.legible(object, () => disk.hashFile(path));
    if (!object.startsWith(found)) throw this.damaged(object, NOT_ITS_NAME);
    if (before && before.mode & 0o222 && this.place.writable) disk.protect(path, object.endsWith('.exe'));
    const stamp = disk.stampOf(path);
    if (stamp && stamp.mtimeMs === before?.mtimeMs) this.placeable.set(object, { path, stamp });
  }

  missing(objects: readonly ObjectId[]): readonly ObjectId[] {
    return objects.filter((object) => this.locate(object) === undefined);
  }

  /** A sweep may take it away and bring it back in the midst of this: then it is read again. */
  private async reading<T>(object: ObjectId, act: (path: string) => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const path = this.locate(object);
      if (path === undefined) throw this.missed(object);
      try {
        const done = await act(path);
        if (done !== undefined) return done;
      } catch (error) {
        if (error instanceof DamagedError || disk.exists(path)) throw error;
      }
    }
  }

  /** A disk that cannot read an object has lost it. */
  private async legible<T>(object: ObjectId, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw isUnreadable(error) ? this.damaged(object, UNREADABLE) : error;
    }
  }

  /** Where an object lies. What a sweep put into the trash a moment ago comes back, and the runs that are open here hold it. */
  private locate(name: string): string | undefined {
    // It comes from a record, which somebody else may have written: nothing but a name that we give becomes a path.
    if (!isTrash(name)) return undefined;
    const path = this.pathOf(name);
    if (this.place.damage.isBad(path)) return undefined;
    if (isFile(path)) return path;
    const trash = `${this.place.root}/trash/${name}`;
    if (!isFile(trash)) return isFile(path) ? path : undefined;
    if (!this.place.writable) return trash;
    this.keep([name]);
    if (disk.moveIfThere(trash, path)) this.place.syncNow(dirname(path));
    return isFile(path) ? path : undefined;
  }

  /** The name is the content, so a file under it is replaced by the same, or by what it should have been. */
  private put(draft: string, object: ObjectId): void {
    disk.protect(draft, object.endsWith('.exe'));
    if (this.place.options.durable) disk.sync(draft);
    this.keep([object]);
    const path = this.pathOf(object);
    this.place.put(draft, path, 'an object');
    this.place.damage.mended(path);
    this.place.touched(path.slice(0, path.lastIndexOf('/')));
  }

  private renewed(object: ObjectId, bytes: Uint8Array): boolean {
    const path = this.locate(object);
    if (path === undefined || !readable(path)?.equals(bytes)) return false;
    this.keep([object]);
    // Whoever put it may have died before its name was durable.
    this.place.touched(dirname(path));
    return disk.touch(path);
  }

  private putSums(object: ObjectId, sums: Uint8Array): void {
    const draft = this.place.draft();
    disk.write(draft, Buffer.concat([sums, Buffer.from(digest(sums), 'hex')]), this.place.options.durable);
    this.place.put(draft, `${this.pathOf(object)}.sum`, 'the checks of an object');
  }

  /**
   * The checks that lie beside an object, by which it is read in parts. They are believed if a record names their digest:
   * an object may be swapped together with what lies beside it. Else the object is read as a whole first.
   */
  private async sumsOf(object: ObjectId, known: Digest | undefined): Promise<Uint8Array> {
    if (this.locate(object) === undefined) throw this.missed(object);
    const path = this.locate(`${object}.sum`);
    const bytes = path && readable(path);
    if (!bytes) return this.sumsAgain(object, 'its checks are lost');
    // A copy, so that it begins where its buffer does.
    const sums = new Uint8Array(bytes.subarray(0, -32));
    const sha256 = digest(sums);
    if (sha256 !== bytes.subarray(-32).toString('hex')) {
      this.place.damage.setAside(path, 'the checks of an object are broken');
      return this.sumsAgain(object, 'its checks are broken');
    }
    if (sha256 === known) return sums;
    await this.checkWhole(object);
    return known === undefined ? sums : this.sumsAgain(object, 'its checks are not those that its record names', sums);
  }

  /** Once in a process, as long as the file is the same. */
  private async checkWhole(object: ObjectId): Promise<void> {
    await this.reading(object, async (path) => {
      const signature = disk.stat(path)?.signature;
      if (signature === undefined) return undefined;
      if (this.verified.get(object) === signature) return true;
      this.check(object, await this.legible(object, () => disk.hashFile(path)), signature);
      return true;
    });
  }

  /**
   * Lost checks do not make good rows bad: the file as a whole is what its name says, and written anew it has these
   * checks. Those that lie there do where it cannot be written anew.
   */
  private async sumsAgain(object: ObjectId, what: string, beside?: Uint8Array): Promise<Uint8Array> {
    const path = this.pathOf(object);
    const found = await this.legible(object, () => disk.hashFile(path));
    if (!object.startsWith(found)) throw this.damaged(object, what);
    if (beside && (!this.place.writable || object.endsWith('.jsonl'))) return beside;
    if (!this.place.writable) throw this.damaged(object, what);
    const draft = this.place.draft();
    const written = await rewritten(path, draft);
    disk.remove(draft);
    if (!written || !object.startsWith(written.sha256)) throw this.damaged(object, what);
    this.putSums(object, written.sums);
    this.place.damage.notice(object, `${what}, and were made again`);
    return written.sums;
  }

  private check(object: ObjectId, sha256: string, signature: string): void {
    if (!object.startsWith(sha256)) throw this.damaged(object, NOT_ITS_NAME);
    this.verified.set(object, signature);
  }

  private missed(object: ObjectId): DamagedError {
    const is = isTrash(object) ? disk.kindAt(this.pathOf(object)) : undefined;
    if (is === 'folder') return this.damaged(object, 'a folder stands in its place');
    const what = is === 'link' ? 'a link stands in its place, and is not followed' : 'it was cleared, swept or lost';
    this.place.damage.notice(object, what, 'gone');
    return new DamagedError(object, `${object}: ${what}`, 'gone');
  }

  private damaged(object: ObjectId, what: string): DamagedError {
    this.place.damage.setAside(this.pathOf(object), what);
    return new DamagedError(object, `${object}: ${what}`);
  }

  private pathOf(object: ObjectId): string {
    return `${this.place.shard('objects', object)}/${object}`;
  }
}

const UNREADABLE = 'the disk cannot read it';
/** A link or a folder under the name of an object is none. */
const isFile = (path: string): boolean => disk.kindAt(path) === 'file';

const NOT_ITS_NAME = 'its content is not what its name says';

/** What lies beside an object can be made again: where the disk cannot read it, it is not there. */
const readable = (path: string): Buffer | undefined => {
  try {
    return disk.read(path);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
};

/** JSON lines cannot be read without the types that are kept with the checks. */
const rewritten = async (path: string, draft: string): Promise<Written | undefined> => {
  const { readArrowFile, readParquetFile, writeRows } = await import('./formats/index.js');
  const kind = kindOf(path);
  if (kind === 'jsonl') return undefined;
  const table = await (kind === 'arrow' ? readArrowFile(path) : readParquetFile(path));
  return writeRows(draft, table.batches(), table.columns, kind);
};

const kindOf = (path: string): 'arrow' | 'parquet' | 'jsonl' => {
  const head = disk.start(path, 6).toString('latin1');
  if (head === 'ARROW1') return 'arrow';
  return head.startsWith('PAR1') ? 'parquet' : 'jsonl';
};
