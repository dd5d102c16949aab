import type { PartKind } from '@millrace/core';
import type { Declared } from '../source/declared.js';

/** What a program leaves behind and where in its work folder. A name alone: a folder of that name. */
export type OutputSpec = 'folder' | FolderSpec | JsonSpec | JsonlSpec;

export interface FolderSpec {
  readonly folder: string | true;
  /** Files it must have, by name or pattern; missing ones are named. */
  readonly essential?: readonly string[];
  /** Kept, but no content: logs. */
  readonly notContent?: readonly string[];
}

/** A value. */
export interface JsonSpec {
  readonly json: string | true;
}

/** A table. */
export interface JsonlSpec {
  readonly jsonl: string | true;
  readonly columns?: Declared;
  /** Columns that hold the JSON of any value: found where columns are declared as json. */
  readonly jsonColumns?: readonly string[];
}

export interface OutputPlace {
  readonly is: PartKind;
  /** From the work folder. */
  readonly path: string;
}

export function placeOf(part: string, spec: OutputSpec): OutputPlace {
  if (spec === 'folder') return { is: 'folder', path: part };
  if (!isSpec(spec)) throw noSpec(part, spec);
  if ('folder' in spec) return { is: 'folder', path: spec.folder === true ? part : spec.folder };
  if ('json' in spec) return { is: 'value', path: spec.json === true ? `${part}.json` : spec.json };
  return { is: 'table', path: spec.jsonl === true ? `${part}.jsonl` : spec.jsonl };
}

const isSpec = (spec: unknown): boolean =>
  typeof spec === 'object' && spec !== null && ['folder', 'json', 'jsonl'].some((sort) => sort in spec);

const noSpec = (part: string, spec: unknown): Error =>
  new Error(
    `The output ${part} of this command is ${JSON.stringify(spec)}, which does not tell a folder from a value or a table. Write ${part}: folder, { folder: path }, { json: path } or { jsonl: path }.`,
  );

/** The engine's own names in a work folder. */
const TAKEN = /^(log|inputs|params\.json)(\/|$)/;

/** What is wrong with a path within the work folder, in words. */
export function badPath(path: string): string | undefined {
  if (path === '' || path.startsWith('/') || /^[A-Za-z]:|\\/.test(path)) return 'is no path within the work folder';
  if (path.split('/').some((name) => name === '..' || name === '.' || name === ''))
    return 'leads out of the work folder';
  return TAKEN.test(path) ? 'is a name that is taken' : undefined;
}
