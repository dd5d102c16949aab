import { dirname, join } from 'node:path';
import { sha } from '../digest.js';
import { entriesIn, exists, foldersUp, isFolder, realPath } from '../disk.js';

/** What finding files depended on: what else is there, or comes to be there, may be found first the next time. */
export interface Looked {
  /** Names that were tried in a folder, without their endings, and a digest of what is there by these names. */
  readonly folders: Readonly<Record<string, Tried>>;
  /** Where a path leads, through links; null where there is nothing. */
  readonly places: Readonly<Record<string, string | null>>;
}

export interface Tried {
  readonly names: readonly string[];
  readonly digest: string;
}

/** All that is in a folder. */
const ANY = '*';

/** Notes where a resolver looks for what files ask for. */
export class Looking {
  readonly #folders = new Map<string, Set<string>>();
  readonly #places = new Map<string, string | null>();
  readonly #packages = new Map<string, string | undefined>();

  /** `./a/b`, `../a`: each name on the way may be a file, a folder or a link. `./a/*` stands for whatever is there. */
  file(specifier: string, from: string) {
    let at = from;
    for (const name of specifier.split('/')) {
      if (name.includes('*')) return this.#below(at);
      if (!['', '.', '..'].includes(name)) this.name(at, name);
      at = join(at, name);
    }
    if (isFolder(at)) for (const name of ['index', 'package']) this.name(at, name);
  }

  name(folder: string, name: string) {
    const names = this.#folders.get(folder) ?? new Set();
    this.#folders.set(folder, names.add(stemOf(name)));
  }

  /** A package as code in a folder gets it: the nearest one. Gives where it is. */
  package(name: string, from: string): string | undefined {
    const key = `${name}\0${from}`;
    if (!this.#packages.has(key)) this.#packages.set(key, this.#nearest(name, from));
    return this.#packages.get(key);
  }

  #nearest(name: string, from: string): string | undefined {
    for (const up of foldersUp(from)) {
      if (up.endsWith('node_modules')) continue;
      const place = this.#place(join(up, 'node_modules')) && this.#place(join(up, 'node_modules', name));
      if (place) return place;
    }
    return undefined;
  }

  #place(path: string): string | null {
    const known = this.#places.get(path);
    const place = known === undefined ? placeOf(path) : known;
    this.#places.set(path, place);
    return place;
  }

  #below(folder: string) {
    this.name(folder, ANY);
    for (const name of entriesIn(folder)) if (name.endsWith('/')) this.#below(join(folder, name));
  }

  get found(): Looked {
    const folders: [string, Tried][] = [];
    for (const [folder, all] of this.#folders) {
      const names = [...all].sort();
      for (const link of linksIn(folder, names)) this.#place(link);
      folders.push([folder, { names, digest: listingOf(folder, names) }]);
    }
    return { folders: sorted(folders), places: sorted(this.#places) };
  }
}

const sorted = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Of `text`, `text.ts` and `text.d.ts` it is `text`. */
const stemOf = (name: string) => {
  const dot = name.indexOf('.', 1);
  return dot < 0 ? name : name.slice(0, dot);
};

const LINK = '@';

const triedIn = (folder: string, names: readonly string[]): string[] => {
  const wanted = new Set(names);
  return entriesIn(folder).filter((name) => wanted.has(ANY) || wanted.has(stemOf(name.replace(/[/@]$/, ''))));
};

const linksIn = (folder: string, names: readonly string[]) =>
  triedIn(folder, names).flatMap((name) => (name.endsWith(LINK) ? [join(folder, name.slice(0, -1))] : []));

export const listingOf = (folder: string, names: readonly string[]) => sha(triedIn(folder, names).sort().join('\n'));

const placeOf = (path: string): string | null => (exists(path) ? (realPath(path) ?? null) : null);

export const leadTheSame = (places: Looked['places']) =>
  Object.entries(places).every(([path, place]) => placeOf(path) === place);

/** Whether a resolver would find the same again. */
export const findsTheSame = ({ folders, places }: Looked) =>
  leadTheSame(places) && Object.entries(folders).every(([at, { names, digest }]) => listingOf(at, names) === digest);

/** Where the settings of a compiler send a name: by `paths`, taken from any of these folders. */
export interface Mapping {
  readonly folders: readonly string[];
  readonly paths: Readonly<Record<string, readonly string[]>>;
}

/** The settings as they are written: with comments, and commas at the ends. */
export const mappingIn = (file: string, text: string): Mapping | undefined => {
  const plain = text
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, quoted = '') => quoted)
    .replace(/,(\s*[}\]])/g, '$1');
  try {
    const { compilerOptions } = JSON.parse(plain) as { compilerOptions?: Partial<Mapping> & { baseUrl?: string } };
    const { baseUrl, paths = {} } = compilerOptions ?? {};
    const folder = dirname(file);
    if (baseUrl === undefined) return { folders: [folder], paths };
    return { folders: [folder, join(folder, baseUrl)], paths: { '*': ['*'], ...paths } };
  } catch {
    return undefined;
  }
};

/** One file of settings may take its folder from another. */
export const mapped = (specifier: string, mappings: readonly Mapping[]): string[] => {
  const targets = mappings.flatMap(({ paths }) => Object.entries(paths).flatMap((entry) => sentTo(specifier, entry)));
  return mappings.flatMap(({ folders }) => folders.flatMap((folder) => targets.map((to) => join(folder, to))));
};

const sentTo = (specifier: string, [pattern, targets]: [string, readonly string[]]): readonly string[] => {
  const [head = '', tail] = pattern.split('*');
  if (tail === undefined) return pattern === specifier ? targets : [];
  if (!specifier.startsWith(head) || !specifier.endsWith(tail)) return [];
  const star = specifier.slice(head.length, specifier.length - tail.length);
  return targets.map((target) => target.replace('*', star));
};
