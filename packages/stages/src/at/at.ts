import { basename, dirname, join, resolve, sep } from 'node:path';
import { checkFolder, type FolderOutput, isPathInside, placesBelow, type SettledContext } from '@millrace/core';
import { readText, remove, removeDrafts, sameBytes, stampOf, whereIs, writeWhole } from './disk.js';

/** Where an output of files also stands, for people and other programs. In no key. */
export type At = string | { readonly path: string; readonly how?: 'copy' | 'link' };

export interface AtOptions {
  readonly at?: At | undefined;
  /** Files at `at` that were edited since they were put there are replaced. */
  readonly overwrite?: boolean | undefined;
}

export const places = ({ at }: AtOptions): readonly string[] =>
  at === undefined ? [] : [typeof at === 'string' ? at : at.path];

/** What was put there, so that a user's own edit is told from it. `next`: was about to be, when a process was killed. */
interface Placed {
  readonly files: { readonly [path: string]: PlacedFile };
}

interface PlacedFile {
  readonly object?: string;
  readonly stamp?: string;
  readonly next?: string;
}

type Outside = Pick<SettledContext<unknown, object>, 'base' | 'place'>;

/** Brings a folder at a user's path in step with an output. What the user edited or put there stays, unless asked. */
export async function keepAt(output: FolderOutput, options: AtOptions, outside: Outside): Promise<string> {
  const { path, how = 'copy' } =
    typeof options.at === 'string' ? { path: options.at } : (options.at as { path: string });
  const root = resolve(outside.base, path);
  try {
    checkFolder(output);
    refuseWayOut(root, outside.base);
    await new Keeper(output, root, { ...outside, how, overwrite: options.overwrite === true }).step();
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, path);
  }
  return path;
}

/** A path of the project stays in it. One that the user wrote as leading elsewhere may: that is their word. */
function refuseWayOut(root: string, base: string): void {
  if (!root.startsWith(`${resolve(base)}${sep}`)) return;
  const leads = whereIs(root);
  if (!leads.startsWith(`${whereIs(resolve(base))}${sep}`))
    throw new WayOut(
      `A link on the way to it leads out of the project, to ${leads}, and is not followed. Remove the link, or write that path in at`,
    );
}

interface How extends Outside {
  readonly how: 'copy' | 'link';
  readonly overwrite: boolean;
}

class Keeper {
  readonly #wanted: ReadonlyMap<string, string>;
  readonly #manifest: string;
  readonly #full: (path: string) => string;

  constructor(
    output: FolderOutput,
    readonly root: string,
    readonly to: How,
  ) {
    this.#wanted = new Map(output.files.map((file) => [file.path, file.object]));
    this.#manifest = join(dirname(root), `.${basename(root)}.millrace`);
    this.#full = placesBelow(root);
  }

  async step(): Promise<void> {
    const before = await this.#before();
    const stamps = await this.#stamps(before);
    if (this.#inStep(before, stamps)) return;
    const mine = await this.#mine(before, stamps);
    await this.#write(Object.fromEntries([...stamps.keys()].map((path) => [path, this.#about(path, before)])));
    await removeDrafts(this.root, new Set(stamps.keys()));
    for (const path of Object.keys(before.files)) if (!this.#wanted.has(path)) await this.#drop(path, mine);
    for (const [path, object] of this.#wanted)
      if (mine.get(path) !== object) await this.to.place(object, this.#full(path), this.to.how);
    await this.#write(await this.#after());
  }

  async #before(): Promise<Placed> {
    const text = await readText(this.#manifest);
    try {
      return text ? placedIn(JSON.parse(text)) : { files: {} };
    } catch {
      return { files: {} };
    }
  }

  async #stamps(before: Placed): Promise<Map<string, string | undefined>> {
    const paths = new Set([...this.#wanted.keys(), ...Object.keys(before.files)]);
    return new Map(await Promise.all([...paths].map(async (path) => [path, await stampOf(this.#full(path))] as const)));
  }

  #inStep({ files }: Placed, stamps: ReadonlyMap<string, string | undefined>): boolean {
    if (stamps.size !== this.#wanted.size) return false;
    return [...this.#wanted].every(([path, object]) => {
      const file = files[path];
      return file?.object === object && file.next === undefined && file.stamp === stamps.get(path);
    });
  }

  /** What lies there now and is no one's but ours, by path; one that is not is an edit, and all of them are said at once. */
  async #mine(before: Placed, stamps: ReadonlyMap<string, string | undefined>): Promise<Map<string, string>> {
    const mine = new Map<string, string>();
    const edited: string[] = [];
    for (const [path, stamp] of stamps) {
      if (stamp === undefined) continue;
      const object = await this.#objectAt(path, stamp, before.files[path]);
      if (object) mine.set(path, object);
      else edited.push(path);
    }
    if (edited.length && !this.to.overwrite) throw new Edited(edited);
    return mine;
  }

  async #objectAt(path: string, stamp: string, file: PlacedFile = {}): Promise<string | undefined> {
    if (file.object && file.stamp === stamp) return file.object;
    if (stamp === 'no file') return undefined;
    const candidates = new Set([this.#wanted.get(path), file.next, file.object]);
    for (const object of candidates) if (object && (await this.#holds(path, object))) return object;
    return undefined;
  }

  /** Compared byte by byte with the store's own: only where a file was touched. */
  async #holds(path: string, object: string): Promise<boolean> {
    const own = join(dirname(this.root), `.${basename(this.root)}.compared`);
    try {
      await this.to.place(object, own, 'link');
      return await sameBytes(this.#full(path), own);
    } catch (error) {
      // An object of an earlier output may be swept: then nobody knows whether the file was edited.
      if (this.#wanted.get(path) === object) throw error;
      return false;
    } finally {
      await remove(own, dirname(this.root));
    }
  }

  #about(path: string, before: Placed): PlacedFile {
    const next = this.#wanted.get(path);
    return { ...before.files[path], ...(next && { next }) };
  }

  async #drop(path: string, mine: ReadonlyMap<string, string>): Promise<void> {
    if (mine.has(path) || this.to.overwrite) await remove(this.#full(path), this.root);
  }

  async #after(): Promise<Record<string, PlacedFile>> {
    const files: Record<string, PlacedFile> = {};
    for (const [path, object] of this.#wanted)
      files[path] = { object, stamp: (await stampOf(this.#full(path))) ?? 'gone' };
    return files;
  }

  #write(files: Record<string, PlacedFile>): Promise<void> {
    return writeWhole(this.#manifest, `${JSON.stringify({ files }, undefined, 1)}\n`);
  }
}

/** The note lies among the user's files: what it says is ours to replace or remove is looked at, not believed. */
function placedIn(said: Partial<Placed> | null): Placed {
  const files = Object.entries(said?.files ?? {}).filter(
    ([path, file]) => isPathInside(path) && file instanceof Object,
  );
  return { files: Object.fromEntries(files) };
}

class WayOut extends Error {}

class Edited extends Error {
  constructor(readonly files: readonly string[]) {
    const named = files.slice(0, 5).join(', ');
    super(
      `${files.length > 5 ? `${named} and ${files.length - 5} more` : named} there ${files.length === 1 ? 'is' : 'are'} not what was put there. Move ${files.length === 1 ? 'it' : 'them'} away, choose another path, or say overwrite: true to lose the edits`,
    );
  }
}

function explained(error: NodeJS.ErrnoException, path: string): Error {
  if (error.name === 'DamagedError') return error;
  const why =
    error instanceof Edited || error instanceof WayOut
      ? error.message
      : `${error.message}. Make room or rights there, or choose another path`;
  return new Error(`The output is kept, but ${path} was not brought in step with it: ${why}.`, { cause: error });
}
