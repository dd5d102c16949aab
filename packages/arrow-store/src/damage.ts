import { basename, relative } from 'node:path';
import { moveIfThere, names, read, remove, write } from './disk.js';
import { StoreError } from './failure.js';
import { token } from './process.js';

export interface Noticed {
  readonly object: string;
  readonly what: string;
  /** Nothing is there to be set aside. */
  readonly gone?: true;
}

/** What was found broken: set aside, remembered, and told once. */
export class Damage {
  private list: Noticed[] = [];
  private readonly bad: Set<string>;
  private readonly aside = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly writable: boolean,
  ) {
    this.bad = new Set(this.notes().flatMap((note) => read(note)?.toString('utf8') ?? []));
  }

  notice(object: string, what: string, gone?: 'gone'): void {
    this.list.push({ object, what, ...(gone && { gone: true }) });
  }

  /** Out of the way, with a note beside it. What cannot be moved counts as gone, and a note says so to later processes. */
  setAside(path: string, what: string): void {
    this.notice(path.startsWith(`${this.root}/objects/`) ? basename(path) : relative(this.root, path), what);
    this.aside.add(path);
    if (this.writable && this.moved(path, what)) return;
    this.bad.add(path);
    if (this.writable) quietly(() => write(this.noteOf(path), path, false));
  }

  /** Written anew in its place. */
  mended(path: string): void {
    this.aside.delete(path);
    if (this.bad.delete(path)) quietly(() => remove(this.noteOf(path)));
  }

  isBad(path: string): boolean {
    return this.bad.has(path);
  }

  /** By this process, or by one before it that could not move it. */
  isAside(path: string): boolean {
    return this.aside.has(path) || this.isBad(path);
  }

  take(): Noticed[] {
    const list = this.list;
    this.list = [];
    return list;
  }

  private noteOf(path: string): string {
    return `${this.root}/quarantine/${basename(path)}${STUCK}`;
  }

  private notes(): string[] {
    return names(`${this.root}/quarantine`).flatMap((name) =>
      name.endsWith(STUCK) ? [`${this.root}/quarantine/${name}`] : [],
    );
  }

  private moved(path: string, what: string): boolean {
    const to = `${this.root}/quarantine/${token()}-${basename(path)}`;
    try {
      if (moveIfThere(path, to)) write(`${to}.txt`, `${path}\n${what}\n${new Date().toISOString()}\n`, false);
      return true;
    } catch (error) {
      if (error instanceof StoreError) return false;
      throw error;
    }
  }
}

/** Ends the name of a note of a file that could not be moved here. */
const STUCK = '.stuck';

/** A disk that fails to move a file may fail to write a note of it. */
const quietly = (act: () => void): void => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
};
