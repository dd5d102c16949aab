import type { Chance } from './chance.js';

/** An error as Node gives it; no `Error`, whose stack nobody reads and each thread would make. */
export class DiskError {
  constructor(readonly code: string) {}
}

interface Times {
  mtime: number;
  ctime: number;
}

export interface FileNode extends Times {
  readonly is: 'file';
  readonly id: number;
  data: Buffer;
  mode: number;
  /** What a loss of power leaves for sure. Undefined: nothing is sure. */
  durable: Buffer | undefined;
  /** Who wrote into it. */
  readonly writers: Set<number>;
}

export interface FolderNode extends Times {
  readonly is: 'folder';
  readonly id: number;
  entries: Map<string, Node>;
  durable: Map<string, Node>;
  /** What happened to its names since it was synced, in order. */
  pending: { readonly name: string; readonly node: Node | undefined; readonly order: number }[];
}

export type Node = FileNode | FolderNode;

/** An entry of a folder, with its kind, which a listing says by itself. */
export interface Listed {
  readonly name: string;
  readonly folder: boolean;
}

/** What a machine believes of a folder that lies elsewhere. */
interface Belief {
  readonly names: Map<string, { readonly node: Node | undefined; readonly at: number }>;
  listing?: { readonly entries: readonly Listed[]; readonly at: number };
}

export interface DiskOptions {
  /** So long may a machine believe what it saw of names: 0 on a disk of its own. */
  readonly staleMs: number;
}

/** Who does something: which process, on which machine. */
export interface Doer {
  readonly pid: number;
  readonly host: string;
}

/**
 * A file system in memory that knows what is durable. Names are by their folder's sync, content by the file's; a loss of
 * power keeps of the rest what chance says. Machines that see it over a network look up names they looked up before in
 * what they believe; making, linking and opening always ask the disk.
 */
export class Disk {
  now = 0;
  /** How far the dates of files are off. */
  datesOff = 0;
  private ids = 0;
  private order = 0;
  private root: FolderNode = this.folder();
  private readonly beliefs = new Map<string, Belief>();
  private readonly split = new Map<string, readonly string[]>();

  constructor(readonly options: DiskOptions) {}

  get date(): number {
    return this.now + this.datesOff;
  }

  private folder(): FolderNode {
    return {
      is: 'folder',
      id: ++this.ids,
      entries: new Map(),
      durable: new Map(),
      pending: [],
      mtime: this.date,
      ctime: this.date,
    };
  }

  private file(): FileNode {
    const times = { mtime: this.date, ctime: this.date };
    return {
      is: 'file',
      id: ++this.ids,
      data: Buffer.alloc(0),
      mode: 0o644,
      durable: undefined,
      writers: new Set(),
      ...times,
    };
  }

  private namesIn(path: string): readonly string[] {
    const known = this.split.get(path) ?? path.split('/').filter(Boolean);
    this.split.set(path, known);
    return known;
  }

  /** As the disk has it. */
  look(path: string): Node | undefined {
    let node: Node = this.root;
    for (const name of this.namesIn(path)) {
      if (node.is !== 'folder') return undefined;
      const next = node.entries.get(name);
      if (!next) return undefined;
      node = next;
    }
    return node;
  }

  /** As a machine believes it. */
  see(path: string, { host }: Doer): Node | undefined {
    if (this.options.staleMs === 0) return this.look(path);
    const [parent, name] = this.parted(path);
    const folder = this.look(parent);
    if (folder?.is !== 'folder') return undefined;
    const { names } = this.belief(folder, host);
    const known = names.get(name);
    if (known && this.now - known.at < this.options.staleMs) return known.node;
    const node = folder.entries.get(name);
    names.set(name, { node, at: this.now });
    return node;
  }

  list(path: string, { host }: Doer): readonly Listed[] {
    const folder = this.look(path);
    if (!folder) throw new DiskError('ENOENT');
    if (folder.is !== 'folder') throw new DiskError('ENOTDIR');
    const entries = [...folder.entries].map(([name, { is }]) => ({ name, folder: is === 'folder' }));
    if (this.options.staleMs === 0) return entries;
    const belief = this.belief(folder, host);
    if (belief.listing && this.now - belief.listing.at < this.options.staleMs) return belief.listing.entries;
    belief.listing = { entries, at: this.now };
    return entries;
  }

  private belief(folder: FolderNode, host: string): Belief {
    const key = `${folder.id} ${host}`;
    const known = this.beliefs.get(key) ?? { names: new Map() };
    this.beliefs.set(key, known);
    return known;
  }

  private parted(path: string): [parent: string, name: string] {
    const at = path.lastIndexOf('/');
    return [path.slice(0, at), path.slice(at + 1)];
  }

  private parent(path: string): { folder: FolderNode; name: string } {
    const [parent, name] = this.parted(path);
    const folder = this.look(parent);
    if (!folder) throw new DiskError('ENOENT');
    if (folder.is !== 'folder') throw new DiskError('ENOTDIR');
    return { folder, name };
  }

  /** Who changes a folder sees it as it is from then on. */
  private put({ folder, name }: { folder: FolderNode; name: string }, node: Node | undefined, { host }: Doer): void {
    if (node) folder.entries.set(name, node);
    else folder.entries.delete(name);
    folder.pending.push({ name, node, order: ++this.order });
    folder.mtime = this.date;
    if (this.options.staleMs) this.beliefs.delete(`${folder.id} ${host}`);
  }

  open(path: string, flags: string, by: Doer): FileNode | FolderNode {
    const at = flags === 'r' ? undefined : this.parent(path);
    const there = this.look(path);
    if (there && flags.includes('x')) throw new DiskError('EEXIST');
    if (!there && !at) throw new DiskError('ENOENT');
    if (there?.is === 'folder' && at) throw new DiskError('EISDIR');
    if (there) {
      if (there.is === 'file' && flags.startsWith('w')) this.write(there, Buffer.alloc(0), by);
      return there;
    }
    const made = this.file();
    this.put(at as { folder: FolderNode; name: string }, made, by);
    return made;
  }

  write(file: FileNode, data: Buffer, { pid }: Doer): void {
    file.data = data;
    file.mtime = this.date;
    file.ctime = this.date;
    file.writers.add(pid);
  }

  append(file: FileNode, data: Buffer, by: Doer): void {
    this.write(file, Buffer.concat([file.data, data]), by);
  }

  /** False where it stands already. */
  make(path: string, by: Doer): boolean {
    const at = this.parent(path);
    if (at.folder.entries.has(at.name)) return false;
    this.put(at, this.folder(), by);
    return true;
  }

  link(from: string, to: string, by: Doer): void {
    const node = this.look(from);
    if (!node) throw new DiskError('ENOENT');
    const at = this.parent(to);
    if (at.folder.entries.has(at.name)) throw new DiskError('EEXIST');
    node.ctime = this.date;
    this.put(at, node, by);
  }

  rename(from: string, to: string, by: Doer): void {
    const source = this.parent(from);
    const node = source.folder.entries.get(source.name);
    if (!node) throw new DiskError('ENOENT');
    const target = this.parent(to);
    node.ctime = this.date;
    this.put(source, undefined, by);
    this.put(target, node, by);
  }

  unlink(path: string, by: Doer): void {
    const at = this.parent(path);
    const node = at.folder.entries.get(at.name);
    if (!node) throw new DiskError('ENOENT');
    if (node.is === 'folder') throw new DiskError('EISDIR');
    this.put(at, undefined, by);
  }

  removeFolder(path: string, by: Doer): void {
    const at = this.parent(path);
    const node = at.folder.entries.get(at.name);
    if (!node) throw new DiskError('ENOENT');
    if (node.is === 'folder' && node.entries.size > 0) throw new DiskError('ENOTEMPTY');
    this.put(at, undefined, by);
  }

  sync(node: Node): void {
    if (node.is === 'file') {
      node.durable = node.data;
      return;
    }
    node.durable = new Map(node.entries);
    node.pending = [];
  }

  /** The power fails. In `order`: of what happened to names, all until some moment is kept; else each as chance says. */
  cut(chance: Chance, how: 'order' | 'any'): void {
    const until = how === 'order' ? chance.below(this.order + 1) : 0;
    const keeps = (order: number) => (how === 'order' ? order <= until : chance.is(0.5));
    const seen = new Set<Node>();
    const back = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.is === 'file') {
        node.data = leftOf(node, chance);
        node.durable = node.data;
        return;
      }
      const entries = new Map(node.durable);
      for (const { name, node: put } of node.pending.filter((each) => keeps(each.order)))
        if (put) entries.set(name, put);
        else entries.delete(name);
      node.entries = entries;
      node.durable = new Map(entries);
      node.pending = [];
      for (const each of entries.values()) back(each);
    };
    back(this.root);
    this.beliefs.clear();
  }
}

/** What is sure, what was written since in part, or nothing that makes sense. */
function leftOf({ data, durable }: FileNode, chance: Chance): Buffer {
  if (durable?.equals(data)) return data;
  const sure = durable ?? Buffer.alloc(0);
  const grew = data.length >= sure.length && data.subarray(0, sure.length).equals(sure);
  if (!grew) return chance.is(0.5) ? sure : data;
  const kept = data.subarray(0, sure.length + chance.below(data.length - sure.length + 1));
  // The length was written, the blocks were not.
  return chance.is(0.4) ? Buffer.concat([kept, Buffer.alloc(data.length - kept.length)]) : Buffer.from(kept);
}
