import { objectsOf, type Stored } from '@millrace/core';
import { freshLinks, type Link } from '../disk.js';
import { userStore } from '../project.js';
import type { Opened } from './opened.js';

interface Recipe {
  readonly inputs?: readonly { readonly fingerprint?: string }[];
}

const UP = '../../../../';

/** What our links lead to. */
const OURS = /^(\.\.\/){4}(records|objects)\/[0-9a-z]{2}\/[0-9a-z.]+$/;

/** A tree that a person can walk in the store of all projects: `by-name/<source>/<fingerprint>/<stage>/…`, made from the records. */
export function linkNames({ store }: Opened): void {
  if (store.where !== userStore()) return;
  const entries = new Map([...store.entries()].map((entry) => [entry.fingerprint, entry]));
  const links = [...entries.values()].flatMap((entry) => linksOf(entry, nameOf(sourceOf(entry, entries))));
  freshLinks(`${store.where}/by-name`, links, (target) => OURS.test(target));
}

function linksOf(entry: Stored, source: string): Link[] {
  const folder = [source, entry.fingerprint.slice(0, 12), nameOf(entry)].join('/');
  return [
    { path: `${folder}/record`, target: `${UP}records/${entry.fingerprint.slice(0, 2)}/${entry.fingerprint}` },
    ...objectsOf(entry).map((object) => ({
      path: `${folder}/${object}`,
      target: `${UP}objects/${object.slice(0, 2)}/${object}`,
    })),
  ];
}

/** Up along the first inputs, as far as the records tell; round in a circle only where somebody made that up. */
function sourceOf(entry: Stored, entries: ReadonlyMap<string, Stored>): Stored {
  const seen = new Set([entry]);
  let at = entry;
  for (;;) {
    const above = entries.get((at.recipe as Recipe | null)?.inputs?.[0]?.fingerprint ?? '');
    if (!above || seen.has(above)) return at;
    seen.add(above);
    at = above;
  }
}

/** The name a stage had when it ran, fit for a folder. */
const nameOf = ({ detail, label }: Stored): string =>
  String((detail['names'] as readonly unknown[] | undefined)?.[0] ?? label)
    .replace(/[^\w.@+-]+/g, '-')
    .replace(/^\.*$|^\.+/, '-')
    .slice(0, 100);
