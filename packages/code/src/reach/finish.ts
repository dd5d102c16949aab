import { dirname, resolve } from 'node:path';
import type { Code, CodeAnswer, CodeDeclaration } from '@millrace/core';
import type { PackageLead } from '../bundle/edges.js';
import { isFrameworkName } from '../bundle/packages.js';
import type { PackageUse, Snapshot } from '../bundle/snapshot.js';
import { sha } from '../digest.js';
import { digestOf } from '../disk.js';
import { environment, versionsOfFormats, zoneSetByCode } from '../process.js';
import type { KeptSlice } from './answers.js';
import { isDeclaredRead } from './impure.js';
import type { ParamsOf } from './params.js';

const SCHEME = 'millrace code 1';
/** Where packages count by content. */
const BY_CONTENT = 'millrace code 2';

export interface Weighing {
  readonly declared: CodeDeclaration;
  readonly packages: readonly PackageUse[];
  readonly contents: Snapshot['contents'];
  readonly params: ParamsOf;
  /** Stands in for the function's own file where that is not known. */
  readonly site?: string;
}

/** Adds what lies outside the text: packages as installed, parameters, and what the author declared to read, by content. */
export const finish = (slice: KeptSlice, weighing: Weighing): CodeAnswer => {
  const { declared, params, site } = weighing;
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
  // A default stands in the text: only another value is more than that.
  const set = Object.entries(slice.params.length ? params(slice.params) : {}).map(paramUnit);
  const outside = [...read, ...set].map((unit) => [unit.name, unit.digest]);
  const versions = versionsFor(slice.packages, weighing);
  const former = sha(JSON.stringify([SCHEME, slice.former ?? slice.digest, versions, outside]));
  const installed = installedBy(slice, weighing);
  const digest = sha(
    JSON.stringify(
      installed ? [BY_CONTENT, slice.digest, installed, outside] : [SCHEME, slice.digest, versions, outside],
    ),
  );
  const all = [...slice.packages, ...slice.beside];
  const code: Code = {
    digest,
    ...(digest !== former && { former }),
    units: [...slice.units, ...all.flatMap((lead) => packageUnit(lead, weighing)), ...read, ...set],
    packages: versionsFor(all, weighing),
  };
  return { code };
};

/** All that counts by what is installed on this machine; undefined where there is nothing of it. */
const installedBy = ({ packages, mentions, beside, formats }: KeptSlice, weighing: Weighing) => {
  const { contents } = weighing;
  const all = [...packages, ...beside];
  const data = formats || all.some(({ address }) => contents[address]?.formats) ? versionsOfFormats() : [];
  if (data.length === 0 && all.every(({ package: name }) => isFrameworkName(name))) return undefined;
  const wordOf = (lead: PackageLead) => contentWord(lead, weighing);
  return [packages.map(wordOf), mentions, beside.map(wordOf).sort(), data];
};

/** The framework counts by its version, and so does all that a package may load unseen. */
const contentWord = (lead: PackageLead, weighing: Weighing): string => {
  const content = weighing.contents[lead.address];
  const versions = !content || content.unseen ? JSON.stringify(versionsFor([lead], weighing)) : '';
  return `${content?.digest ?? 'none'} ${versions}`;
};

const packageUnit = ({ package: name, specifier, address }: PackageLead, { contents, packages }: Weighing) => {
  const content = contents[address];
  const version = packages.find((each) => each.package === name)?.versions[name];
  return content ? [{ name: specifier, place: `node_modules (${version})`, digest: content.digest }] : [];
};

const paramUnit = ([name, text]: [string, string]) => ({ name: `params.${name}`, place: '', digest: sha(text) });

const readUnit = (word: string, site: string | undefined) => {
  const [kind, rest] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)];
  if (kind === 'env') return { name: word, place: '', digest: sha(JSON.stringify(environment(rest) ?? null)) };
  if (kind === 'file')
    return { name: word, place: rest, digest: digestOf(resolve(site ? dirname(site) : '', rest)) ?? '' };
  const zone = word === 'locale' ? zoneSetByCode() : undefined;
  return { name: word, place: '', digest: zone === undefined ? 'declared' : sha(zone) };
};

const versionsFor = (packages: readonly PackageLead[], { packages: uses }: Weighing): Record<string, string> => {
  const all = new Map<string, Set<string>>();
  for (const wanted of packages) {
    const use = uses.find((each) => each.package === wanted.package && each.folder === wanted.folder);
    for (const [name, version] of Object.entries(use?.versions ?? { [wanted.package]: 'unknown' }))
      all.set(name, (all.get(name) ?? new Set()).add(version));
  }
  return Object.fromEntries(
    [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, versions]) => [name, [...versions].sort().join(' ')]),
  );
};
