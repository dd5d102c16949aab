import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { digestText, redact, type Store } from '@millrace/core';
import { isFile, readUtf8, realPath, shownPath } from '../disk.js';
import { Mistake } from '../mistake.js';
import { FileMistakes, type Located, type Wrong } from './mistakes.js';
import type { Parsed } from './parsed.js';

/** One file as a plain value. Where things stand is looked up only when something is wrong. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly locate: (wrong: Wrong) => Promise<Located>;
}

export interface SourcePorts {
  readonly root: string;
  readonly facts: () => Pick<Store, 'fact' | 'putFact'>;
}

/** Change it when the same text is read as something else: what older versions noted is then read again. */
const FORM = 2;

/** Parsed once for each content: what came out is noted in the store. */
export async function readSource(file: string, ports: SourcePorts): Promise<Source> {
  const text = readUtf8(file);
  if (text === undefined)
    throw new Mistake(
      `Cannot read ${shownPath(file)}: it is not UTF-8, so that its texts would be read as others. Save the file as UTF-8.`,
    );
  const name = `parsed:${FORM}:${digestText(file.slice(file.lastIndexOf('.')) + text)}`;
  const noted = ports.facts().fact(name) as { readonly value: unknown } | undefined;
  let parsed: Promise<Parsed> | undefined;
  const parse = () => {
    parsed ??= import('./parse.js').then(({ parseData }) => parseData(shownPath(file), text));
    return parsed;
  };
  // A store keeps no password or signature that stands in a file.
  const note = (made: unknown) => void (redact(text) === text && ports.facts().putFact(name, { value: made }));
  const value = noted ? noted.value : await fresh(await parse(), note);
  const locate = async ({ path, on, text: says }: Wrong) => ({
    file: shownPath(file),
    text,
    span: (await parse()).at(path, on),
    says,
  });
  return { file, text, value, locate };
}

async function fresh({ value, problems }: Parsed, note: (value: unknown) => void): Promise<unknown> {
  if (problems.length) throw new FileMistakes(problems.flatMap(({ all }) => all));
  note(value);
  return value;
}

/** A path in a file, from the file's folder; it may not lead out of the project, which is the first of the folders. */
export function within(folders: readonly string[], from: string, path: string): string | Mistake {
  if (isAbsolute(path))
    return new Mistake(
      `${path} is absolute: the file would mean something else on another machine. Write a path from this file.`,
    );
  const full = join(dirname(from), path);
  const real = isFile(full) ? realPath(full) : full;
  if (folders.some((folder) => isWithin(realPath(folder), real))) return full;
  return new Mistake(
    `${path} leads out of the project ${folders[0]}. Copy it into the project; a folder of data elsewhere can be allowed by alsoRead in millrace.config.json.`,
  );
}

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};
