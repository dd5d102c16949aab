import { relative, resolve, sep } from 'node:path';
import { matchesGlob } from '@millrace/core';
import { isFile, isFolder, isOfTools, type Places, type Tree, watchPlaces } from '../disk.js';
import type { Opened } from './opened.js';
import { onAbort } from './stop.js';

/** What may invalidate something when it is edited: the files of the pipeline, and all that its sources name, there or not. */
export function watchedPlaces({ file, graph }: Opened): Places {
  const named = graph.stages
    .filter(({ kind }) => kind.work.is === 'whole' && kind.work.world)
    .flatMap(({ config }) => textsIn(config))
    .map((text) => resolve(file.base, text));
  const [trees, files] = [named.flatMap(treeOf), named.filter((path) => treeOf(path).length === 0)];
  return { files: new Set([...file.inputs, file.file, ...files]), trees };
}

/** Nothing is known of a pipeline that does not load: any file of its folder may be what mends it. */
export const allBelow = (root: string): Places => ({ files: new Set(), trees: [whole(root)] });

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return value.length < 4096 ? [value] : [];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.values(value).slice(0, 1000).flatMap(textsIn);
};

const PATTERN = /[*?[{]/;

function treeOf(path: string): Tree[] {
  if (isFile(path)) return [];
  if (isFolder(path)) return [whole(path)];
  if (!PATTERN.test(path)) return [];
  const parts = path.split(sep);
  const root =
    parts
      .slice(
        0,
        parts.findIndex((part) => PATTERN.test(part)),
      )
      .join(sep) || sep;
  return [{ root, holds: (file) => matchesGlob(file, path) }];
}

const whole = (root: string): Tree => ({
  root,
  holds: (file) => file.startsWith(`${root}${sep}`) && !relative(root, file).split(sep).some(isOfTools),
});

const QUIET_MS = 120;

/** What changed since it was last asked for, also while a run was under way. */
export class Changes {
  readonly #seen = new Set<string>();
  #close = (): void => undefined;
  #noticed = (): void => undefined;

  /** From now on these; what was seen of others counts. */
  watch(places: Places): void {
    const before = this.#close;
    this.#close = watchPlaces(places, (file) => {
      this.#seen.add(file);
      this.#noticed();
    });
    before();
  }

  /** Resolves when something has changed, once the writing has come to rest. */
  next(stop: AbortSignal): Promise<readonly string[]> {
    return new Promise((done) => {
      let timer: NodeJS.Timeout | undefined;
      const end = () => {
        clearTimeout(timer);
        this.#noticed = () => undefined;
        const seen = [...this.#seen];
        this.#seen.clear();
        done(seen);
      };
      this.#noticed = () => {
        clearTimeout(timer);
        timer = setTimeout(end, QUIET_MS);
      };
      if (this.#seen.size > 0) this.#noticed();
      onAbort(stop, end);
    });
  }

  close(): void {
    this.#close();
  }
}
