import { isBuiltin } from 'node:module';
import { basename, dirname, join, parse, relative, resolve } from 'node:path';
import type * as Esbuild from 'esbuild';
import { sha } from '../digest.js';
import { entriesIn, foldersUp, isFile, readBytes, realPath } from '../disk.js';
import { loadsUnseen } from '../syntax/unseen.js';
import type { PackageLead } from './edges.js';
import { lockedIn, lockFileFor } from './locked.js';
import { type Looked, Looking } from './looked.js';
import { type Asked, buildPackage, fileIn } from './package-text.js';
import { homeOf, installedWith, type Manifest, manifestIn, packageOf } from './packages.js';

/** What loading a package runs, by the bytes of its files; where they lie and what they are called is not in it. */
export interface PackageContent {
  readonly digest: string;
  /** Something in it formats dates, numbers or texts by the data of Node's ICU. */
  readonly formats: boolean;
  /** Some of it is loaded by names that are made while it runs: then the versions of all that it depends on count too. */
  readonly unseen: boolean;
}

export interface Found {
  readonly content: PackageContent;
  /** Digests of the files that this rests on. */
  readonly files: Readonly<Record<string, string>>;
  readonly looked: Looked;
  /** When it was begun. */
  readonly since: number;
}

export const findContent = async (asked: Asked, of: PackageLead): Promise<Found> => {
  const since = Date.now();
  const reading = new Reading();
  const entry = realPath(fileIn(asked.from)) ?? fileIn(asked.from);
  const built = await buildPackage(asked, {
    format: 'esm',
    loader: { '.node': 'empty', '.wasm': 'empty' },
    absWorkingDir: parse(entry).root,
  }).catch(() => undefined);
  const lines = built?.metafile ? reading.graph(entry, built.metafile) : reading.all(entry, of);
  return { content: reading.content(lines), files: reading.files, looked: reading.looking.found, since };
};

const FORMATS = /\bIntl\b|\.toLocale(?:Date|Time)?String\b|\.localeCompare\b/;

class Reading {
  readonly looking = new Looking();
  readonly files: Record<string, string> = {};
  readonly #manifests = new Map<string, Manifest>();
  /** Packages that load what nobody sees. */
  readonly #open = new Set<string>();
  #formats = false;

  content(lines: readonly string[]): PackageContent {
    const open = [...this.#open].map((home) => `open ${this.#whole(home)}`).sort();
    return {
      digest: sha([...lines, ...open].join('\n')),
      formats: this.#formats,
      unseen: open.length > 0,
    };
  }

  /** Each file with what it gets for each name that it asks for, from the first file on. */
  graph(entry: string, metafile: Esbuild.Metafile): string[] {
    const { root } = parse(entry);
    const inputs = new Map(Object.entries(metafile.inputs).map(([name, input]) => [resolve(root, name), input]));
    const order = [entry];
    const numbers = new Map([[entry, 0]]);
    const number = (file: string): number => {
      const at = numbers.get(file) ?? order.push(file) - 1;
      numbers.set(file, at);
      return at;
    };
    const lines: string[] = [];
    for (let at = 0; at < order.length; at++) {
      const file = order[at] as string;
      const { imports = [], format = '' } = inputs.get(file) ?? {};
      const asks = imports.map((each) => `${each.kind} ${each.original ?? each.path} ${this.#ask(each, file, number)}`);
      lines.push([this.#loaded(file), format, this.#typeOf(file), ...asks].join('\t'));
    }
    return lines;
  }

  #ask(
    { path, original = path, external }: Esbuild.Metafile['inputs'][string]['imports'][number],
    from: string,
    number: (file: string) => number,
  ): string {
    if (isBuiltin(path) || path.startsWith('<')) return '';
    if (/^\.{1,2}(\/|$)/.test(original)) this.looking.file(original, dirname(from));
    else if (!original.startsWith('#')) this.#lookForPackage(original, dirname(from));
    if (external) return this.#absent(original, from);
    const file = resolve(parse(from).root, path);
    this.looking.name(dirname(file), basename(file));
    return this.#chosen(file, from) ?? `${number(file)}`;
  }

  #lookForPackage(specifier: string, folder: string) {
    const name = packageOf(specifier);
    const at = this.looking.package(name, folder);
    if (!at) return;
    this.#manifest(at);
    this.looking.file(`./${specifier.slice(name.length + 1) || 'index'}`, at);
  }

  /** Files that are chosen by system or processor are other files on other machines: they count by what was asked for. */
  #chosen(file: string, from: string): string | undefined {
    const home = homeOf(file);
    const { name = basename(home), version = '', os, cpu, libc } = this.#manifest(home);
    if (!os && !cpu && !libc && !file.endsWith('.node')) return undefined;
    return this.#byLock(name, this.#optional(name, from) ?? version, home);
  }

  #absent(specifier: string, from: string): string {
    const name = packageOf(specifier);
    const home = homeOf(from);
    const range = this.#optional(name, from);
    if (range === undefined) return specifier.endsWith('.node') ? this.#native(home) : 'absent';
    const { file } = this.#lock(home);
    return file && lockedIn(file, name).chosen ? this.#byLock(name, range, home) : 'absent';
  }

  #optional(name: string, from: string): string | undefined {
    return this.#manifest(homeOf(from)).optionalDependencies?.[name];
  }

  #native(home: string): string {
    const { name = basename(home), version = '' } = this.#manifest(home);
    return this.#byLock(name, version, home);
  }

  #byLock(name: string, version: string, home: string): string {
    const { file } = this.#lock(home);
    return ['chosen', name, version, ...(file ? lockedIn(file, name).integrity : [])].join(' ');
  }

  #lock(home: string) {
    const lock = lockFileFor(home);
    for (const file of lock.tried) this.looking.name(dirname(file), basename(file));
    if (lock.file) this.#read(lock.file);
    return lock;
  }

  /** How Node reads a file of this name. */
  #typeOf(file: string): string {
    const home = homeOf(file);
    for (const folder of foldersUp(dirname(file))) {
      this.looking.name(folder, 'package');
      if (isFile(join(folder, 'package.json'))) return this.#manifest(folder).type ?? '';
      if (folder === home) break;
    }
    return '';
  }

  #manifest(folder: string): Manifest {
    const known = this.#manifests.get(folder);
    if (known) return known;
    const file = join(folder, 'package.json');
    if (isFile(file)) this.#read(file);
    const manifest = manifestIn(folder);
    this.#manifests.set(folder, manifest);
    return manifest;
  }

  #digest(file: string, bytes: Uint8Array): string {
    const digest = sha(bytes);
    this.files[file] = digest;
    return digest;
  }

  #read(file: string): string {
    return this.files[file] ?? this.#digest(file, readBytes(file));
  }

  /** A file that is loaded for sure. */
  #loaded(file: string): string {
    const bytes = readBytes(file);
    if (/\.[cm]?js$/.test(file) && loadsUnseen(this.#seen(bytes))) this.#open.add(homeOf(file));
    return this.#digest(file, bytes);
  }

  #seen(bytes: Buffer): string {
    const text = bytes.toString();
    this.#formats ||= FORMATS.test(text);
    return text;
  }

  /** All files of a package: what it may load, or what could not be followed. */
  #whole(home: string): string {
    const files = this.#filesBelow(home);
    if (files.some((file) => file.endsWith('.node') || basename(file) === 'binding.gyp')) return this.#native(home);
    return sha(files.map((file) => `${relative(home, file)} ${this.#part(file)}`).join('\n'));
  }

  #part(file: string): string {
    const bytes = readBytes(file);
    if (/\.[cm]?js$/.test(file)) this.#seen(bytes);
    return this.#digest(file, bytes);
  }

  #filesBelow(folder: string): string[] {
    this.looking.name(folder, '*');
    return entriesIn(folder)
      .sort()
      .flatMap((name) => {
        if (name === 'node_modules/' || name.endsWith('@')) return [];
        return name.endsWith('/') ? this.#filesBelow(join(folder, name)) : [join(folder, name)];
      });
  }

  /** What the bundler cannot follow counts as a whole, with all that it depends on. */
  all(entry: string, { package: name, folder }: PackageLead): string[] {
    for (const { at } of installedWith(name, folder)) {
      this.#manifest(at);
      this.#open.add(at);
    }
    return [`whole ${relative(homeOf(entry), entry)}`];
  }
}
