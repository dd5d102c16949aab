import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { OPERATIONS, type Operation } from './shim.js';

/** One change of the disk, as the shim recorded it. */
export interface Change {
  readonly op: Operation;
  /** In the project. */
  readonly path: string;
  /** Where a rename or a link leads; what was written. */
  readonly text: Buffer;
  readonly offset: number;
}

const HEAD_BYTES = 24;

/** All that was changed below a folder. */
export function changesIn(log: string, below: string): Change[] {
  const bytes = readFileSync(log);
  const found: Change[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [path, text] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)];
    const from = at + HEAD_BYTES;
    const op = OPERATIONS[bytes.readUInt32LE(at)] as Operation;
    const given = bytes.subarray(from + path, from + path + text);
    found.push({
      op,
      path: within(below, bytes.subarray(from, from + path)),
      text: op === 'rename' || op === 'link' ? Buffer.from(within(below, given)) : given,
      offset: Number(bytes.readBigInt64LE(at + 16)),
    });
    at = from + path + text;
  }
  return found;
}

const within = (below: string, path: Buffer): string => relative(below, path.toString('utf8'));

interface File {
  readonly is: 'file';
  readonly mode: number;
  /** What a program reads now, and what survives for sure. */
  now: Buffer;
  safe: Buffer;
}

interface Folder {
  readonly is: 'folder';
  readonly names: Map<string, Naming[]>;
}

type Node = File | Folder;

/** From this change on the name stands for that, or for nothing. */
interface Naming {
  readonly change: number;
  readonly node: Node | undefined;
}

const INITIAL = -1;

/**
 * A disk that holds back what was not synced. A name is safe once its folder was synced; what a file holds, once the
 * file was. Of all else a power cut keeps any part.
 */
export class Disk {
  private readonly root: Folder;
  private readonly safe = new Set<number>([INITIAL]);
  /** Changes of the names in a folder that wait for its sync. */
  private readonly waiting = new Map<Folder, number[]>();
  private count = 0;

  constructor(project: string) {
    this.root = loaded(project) as Folder;
  }

  change(of: Change): void {
    const change = this.count++;
    if (of.op === 'open') this.name(of.path, change, { is: 'file', mode: 0o644, now: EMPTY, safe: EMPTY });
    if (of.op === 'mkdir') this.name(of.path, change, { is: 'folder', names: new Map() });
    if (of.op === 'unlink') this.name(of.path, change, undefined);
    if (of.op === 'link' || of.op === 'rename') this.moved(of, change);
    if (of.op === 'write' || of.op === 'truncate') this.written(of);
    if (of.op === 'sync') this.synced(of.path);
  }

  /** Puts what a power cut leaves in place; `chooses` says which unsafe changes of names are kept. */
  cut(to: string, random: () => number): void {
    const latest = this.count;
    const newest = Math.max(...this.safe);
    const ordered = random() < 0.5;
    const end = newest + Math.floor(random() * (latest - newest + 1));
    const kept = new Map<number, boolean>();
    const holds = (change: number): boolean => {
      if (this.safe.has(change)) return true;
      if (ordered) return change <= end;
      if (!kept.has(change)) kept.set(change, random() < 0.5);
      return kept.get(change) === true;
    };
    place(this.root, to, { holds, random });
  }

  private moved({ op, path, text }: Change, change: number): void {
    const node = this.find(path);
    if (!node) return;
    const to = text.toString('utf8');
    this.name(to, change, node);
    if (op === 'rename') this.name(path, change, undefined);
  }

  private written({ op, path, text, offset }: Change): void {
    const file = this.find(path);
    if (file?.is !== 'file') return;
    if (op === 'truncate') file.now = resized(file.now, offset);
    else {
      file.now = resized(file.now, Math.max(file.now.length, offset + text.length));
      text.copy(file.now, offset);
    }
  }

  private synced(path: string): void {
    const node = this.find(path);
    if (node?.is === 'file') node.safe = Buffer.from(node.now);
    if (node?.is !== 'folder') return;
    for (const change of this.waiting.get(node) ?? []) this.safe.add(change);
    this.waiting.delete(node);
  }

  private name(path: string, change: number, node: Node | undefined): void {
    const folder = this.find(dirname(path));
    if (folder?.is !== 'folder') return;
    const namings = folder.names.get(basename(path)) ?? [];
    folder.names.set(basename(path), [...namings, { change, node }]);
    this.waiting.set(folder, [...(this.waiting.get(folder) ?? []), change]);
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const part of path.split('/').filter((part) => part !== '' && part !== '.'))
      node = node?.is === 'folder' ? node.names.get(part)?.at(-1)?.node : undefined;
    return node;
  }
}

const EMPTY = Buffer.alloc(0);

const resized = (bytes: Buffer, length: number): Buffer => {
  const made = Buffer.alloc(length);
  bytes.copy(made);
  return made;
};

function loaded(path: string): Node {
  const { mode } = statSync(path);
  if (!statSync(path).isDirectory()) {
    const bytes = readFileSync(path);
    return { is: 'file', mode: mode & 0o777, now: bytes, safe: bytes };
  }
  const names = readdirSync(path).map(
    (name) => [name, [{ change: INITIAL, node: loaded(join(path, name)) }]] as [string, Naming[]],
  );
  return { is: 'folder', names: new Map(names) };
}

interface Choice {
  readonly holds: (change: number) => boolean;
  readonly random: () => number;
}

function place(node: Node, to: string, choice: Choice): void {
  if (node.is === 'file') {
    // Of two names of one file the first decides what is in it.
    if (!existsSync(to)) writeFileSync(to, survives(node, choice.random));
    return chmodSync(to, node.mode);
  }
  mkdirSync(to, { recursive: true });
  for (const [name, namings] of node.names) {
    const kept = namings.filter(({ change }) => choice.holds(change)).at(-1)?.node;
    if (kept) place(kept, join(to, name), choice);
  }
}

/** All of it, what was synced, a part of what is more, or as many zeros. */
function survives({ now, safe }: File, random: () => number): Buffer {
  if (now.equals(safe)) return now;
  const which = Math.floor(random() * 4);
  const end = Math.min(safe.length, now.length);
  if (which === 0) return now;
  if (which === 1) return safe;
  const same = now.subarray(0, end).equals(safe.subarray(0, end)) ? end : 0;
  if (which === 2) return now.subarray(0, same + Math.floor(random() * (now.length - same + 1)));
  return Buffer.concat([now.subarray(0, same), Buffer.alloc(now.length - same)]);
}
