import { dirname } from 'node:path';
import { Lives } from './alive.js';
import { Damage } from './damage.js';
import {
  exists,
  type Kind,
  kindAt,
  makeFolder,
  move,
  names,
  removeIfPossible,
  removeTree,
  syncFolder,
} from './disk.js';
import { linked, StoreError } from './failure.js';
import { safe } from './keys.js';
import { atExit } from './process.js';
import { isShard, SHARDED } from './rooms.js';

/** When an answer survives a loss of power: before it counts, or within a second. */
export type Durability = 'each' | 'second';

export interface PlaceOptions {
  readonly access: 'write' | 'read';
  /** False for what will not outlive the process: nothing is synced. */
  readonly durable: boolean;
  readonly durability: Durability;
  readonly patience: number;
}

/** Where one opened store lies, and what its rooms share. */
export class Place {
  readonly lives: Lives;
  readonly damage: Damage;
  /** Found out by writing the file that says we are here. */
  readonly writable: boolean;
  private readonly changed = new Set<string>();
  /** Folders whose own name is durable, or will be with the next `settle`. */
  private readonly named = new Set<string>();
  /** Found to be folders and no links. */
  private readonly shards = new Set<string>();
  private drafts = 0;
  private closed = false;
  private own: string | undefined;
  private forget: (() => void) | undefined;

  constructor(
    readonly root: string,
    readonly options: PlaceOptions,
  ) {
    this.lives = new Lives(`${root}/alive`, options.patience);
    this.writable = options.access === 'write' && this.enters();
    this.damage = new Damage(root, this.writable);
  }

  /** A path for a file in the making. Who was taken for dead and wakes has no folder any more. */
  draft(): string {
    const folder = this.ownFolder();
    this.check();
    makeFolder(folder);
    this.drafts++;
    return `${folder}/${this.drafts}`;
  }

  /** A finished draft under its name. */
  put(draft: string, path: string, what: string): void {
    this.stoodAt(path, what);
    move(draft, path);
  }

  /** What stood in the place of a file. A folder holds nothing of ours, and is set aside. */
  stoodAt(path: string, what: string): Kind | undefined {
    const is = kindAt(path);
    if (is === 'folder') this.damage.setAside(path, `a folder stands in the place of ${what}`);
    return is;
  }

  /** The folder of a key in a room, on the way to which there is no link. */
  keyFolder(room: string, key: string): string {
    const name = safe(key);
    const folder = `${this.shard(room, name)}/${name}`;
    if (kindAt(folder) === 'link') throw linked(folder);
    return folder;
  }

  /** Rooms are cut into folders of at most a 256th each. */
  shard(room: string, name: string): string {
    const folder = `${this.root}/${room}/${name.slice(0, 2)}`;
    if (this.shards.has(folder)) return folder;
    const is = kindAt(folder);
    if (is === 'link') throw linked(folder);
    if (is === 'folder') this.shards.add(folder);
    return folder;
  }

  /** Before much is moved or removed: all of it, or nothing. */
  checkShards(): void {
    for (const room of SHARDED)
      for (const name of names(`${this.root}/${room}`)) if (isShard(name)) this.shard(room, name);
  }

  scratch(): string {
    this.check();
    const folder = `${this.ownFolder()}/scratch`;
    makeFolder(folder);
    return folder;
  }

  /** Stays until it is dropped, whoever made it. */
  workFolder(name: string): string {
    this.check();
    const folder = this.keyFolder('work', name);
    makeFolder(folder);
    return folder;
  }

  dropWorkFolder(name: string): void {
    removeTree(this.keyFolder('work', name));
  }

  /** A folder got a new name in it, to be made durable by the next `settle`. The folder itself may be new as well. */
  touched(folder: string): void {
    if (!this.options.durable) return;
    this.changed.add(folder);
    for (let each = folder; each.length >= this.root.length && !this.named.has(each); each = dirname(each)) {
      this.named.add(each);
      this.changed.add(dirname(each));
    }
  }

  /** What came back to a folder must not be lost to a power cut: a record may name it already. */
  syncNow(folder: string): void {
    if (this.options.durable) syncFolder(folder);
  }

  /** All names given so far are durable when this returns. */
  settle(): void {
    for (const folder of this.changed) syncFolder(folder);
    this.changed.clear();
  }

  /** The root must be there: a store that was moved away is not made anew by the way. A lost `format` is, at the next opening. */
  check(): void {
    if (exists(`${this.root}/format`) || exists(`${this.root}/records`)) return;
    throw new StoreError({
      what: 'The store is gone',
      where: this.root,
      why: 'Its folder was moved or removed while it was open.',
      now: 'Put it back, or open the store again.',
    });
  }

  close(): void {
    this.closed = true;
    try {
      this.settle();
    } finally {
      this.forget?.();
      this.leave();
      this.lives.close();
    }
  }

  private enters(): boolean {
    try {
      this.lives.own();
      return true;
    } catch (error) {
      if (error instanceof StoreError && ['EROFS', 'EACCES', 'EPERM'].includes(error.code ?? '')) return false;
      throw error;
    }
  }

  private ownFolder(): string {
    if (this.own !== undefined) return this.own;
    if (this.closed) throw new Error('The store was closed: open it again.');
    const own = `${this.root}/tmp/${this.lives.own()}`;
    this.forget = atExit(() => this.leave());
    this.own = own;
    return own;
  }

  private leave(): void {
    if (this.own !== undefined) removeIfPossible(this.own);
    this.own = undefined;
  }
}
