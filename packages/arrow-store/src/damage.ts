import { basename, relative } from 'node:path';
import { moveIfThere, write } from './disk.js';
import { StoreError } from './failure.js';
import { token } from './process.js';

export interface Noticed {
  readonly object: string;
  readonly what: string;
}

/** What was found broken: set aside, remembered, and told once. */
export class Damage {
  private list: Noticed[] = [];
  private readonly bad = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly writable: boolean,
  ) {}

  notice(object: string, what: string): void {
    this.list.push({ object, what });
  }

  /** Out of the way, with a note beside it. Where it cannot be moved it counts as gone for this process. */
  setAside(path: string, what: string): void {
    this.notice(path.startsWith(`${this.root}/objects/`) ? basename(path) : relative(this.root, path), what);
    if (!this.writable || !this.moved(path, what)) this.bad.add(path);
  }

  isBad(path: string): boolean {
    return this.bad.has(path);
  }

  take(): Noticed[] {
    const list = this.list;
    this.list = [];
    return list;
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
