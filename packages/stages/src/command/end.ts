import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { emptied, putDurable, readText, remove, reserve, within } from './disk.js';

/**
 * That a program ended well, written down before its output is kept: hours of work are not lost to a full disk or a kill
 * in between. It lies beside the work folder, where no program writes.
 */
export class End {
  readonly #path: string;

  constructor(
    readonly work: string,
    readonly beside: string,
  ) {
    this.#path = within(beside, 'ended.json');
  }

  /** Forgets earlier attempts. Only the one that began last can be marked: its draft is there, with room for what it will say. */
  async begin(): Promise<{ mark(left: string): Promise<void> }> {
    await emptied(this.beside);
    const draft = within(this.beside, `${randomUUID()}.part`);
    await reserve(draft, ROOM);
    return { mark: (left) => putDurable(draft, JSON.stringify(this.#saying(left)), this.#path) };
  }

  /** What the last attempt left, if it ended well. */
  async left(): Promise<string | undefined> {
    const text = await readText(this.#path).catch(() => '');
    const { of, left } = parsed(text);
    return of === this.#saying('').of && typeof left === 'string' ? left : undefined;
  }

  forget(): Promise<void> {
    return remove(this.#path);
  }

  /** The folder's name is a digest of the recipe and of what was read. */
  #saying(left: string): Ended {
    return { of: basename(this.work), left };
  }
}

interface Ended {
  readonly of: string;
  readonly left: string;
}

const ROOM = 512;

function parsed(text: string): Partial<Ended> {
  try {
    return JSON.parse(text) as Partial<Ended>;
  } catch {
    return {};
  }
}
