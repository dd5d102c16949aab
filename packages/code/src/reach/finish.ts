import { dirname, resolve } from 'node:path';
import type { Code, CodeAnswer, CodeDeclaration } from '@millrace/core';
import type { PackageUse } from '../bundle/snapshot.js';
import { sha } from '../digest.js';
import { digestOf } from '../disk.js';
import { environment } from '../process.js';
import type { KeptSlice } from './answers.js';
import { isDeclaredRead } from './impure.js';
import type { ParamsOf } from './params.js';

const SCHEME = 'millrace code 1';

export interface Weighing {
  readonly declared: CodeDeclaration;
  readonly packages: readonly PackageUse[];
  readonly params: ParamsOf;
  /** Stands in for the function's own file where that is not known. */
  readonly site?: string;
}

/** Adds what lies outside the text: packages as installed, parameters, and what the author declared to read, by content. */
export const finish = (slice: KeptSlice, { declared, packages: uses, params, site }: Weighing): CodeAnswer => {
  const [secretAt] = slice.secrets;
  if (secretAt && declared.nature === 'pure') return { refused: { why: 'secret', at: secretAt } };
  const words = [...new Set(declared.reads ?? [])].sort();
  const secret = slice.reads.filter((read) => !isDeclaredRead(read.word, words));
  const [first] = secret;
  if (first)
    return {
      refused: {
        why: 'undeclared read',
        names: [...new Set(secret.map(({ name }) => name))],
        words: [...new Set(secret.map(({ word }) => word))],
        at: first.at,
      },
    };
  const base = slice.home || site;
  const read = words.map((word) => readUnit(word, base));
  const absent = read.find((unit) => unit.digest === '');
  if (absent)
    return {
      refused: {
        why: 'unreadable',
        detail: `impure: '${absent.name}': there is no such file beside ${base ?? 'the working directory'}; the path is taken from the file of the function`,
      },
    };
  const packages = versionsFor(slice, uses);
  // A default stands in the text: only another value is more than that.
  const set = Object.entries(slice.params.length ? params(slice.params) : {}).map(paramUnit);
  const outside = [...read, ...set].map((unit) => [unit.name, unit.digest]);
  const digest = sha(JSON.stringify([SCHEME, slice.digest, packages, outside]));
  const code: Code = { digest, units: [...slice.units, ...read, ...set], packages };
  return { code };
};

const paramUnit = ([name, text]: [string, string]) => ({ name: `params.${name}`, place: '', digest: sha(text) });

const readUnit = (word: string, site: string | undefined) => {
  const [kind, rest] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)];
  if (kind === 'env') return { name: word, place: '', digest: sha(JSON.stringify(environment(rest) ?? null)) };
  if (kind === 'file')
    return { name: word, place: rest, digest: digestOf(resolve(site ? dirname(site) : '', rest)) ?? '' };
  return { name: word, place: '', digest: 'declared' };
};

const versionsFor = (slice: KeptSlice, uses: readonly PackageUse[]): Record<string, string> => {
  const all = new Map<string, Set<string>>();
  for (const wanted of slice.packages) {
    const use = uses.find((each) => each.package === wanted.package && each.folder === wanted.folder);
    for (const [name, version] of Object.entries(use?.versions ?? { [wanted.package]: 'unknown' }))
      all.set(name, (all.get(name) ?? new Set()).add(version));
  }
  return Object.fromEntries(
    [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, versions]) => [name, [...versions].sort().join(' ')]),
  );
};
