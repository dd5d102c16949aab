import { dirname } from 'node:path';
import {
  type Cost,
  NOTHING_SPENT,
  type ObjectId,
  type RunLease,
  type RunRecord,
  type Store,
  sumCosts,
} from '@millrace/core';
import { type Appender, appender, appendLines, exists, linkNew, names, read, remove, write } from './disk.js';
import { StoreError } from './failure.js';
import { DIGITS, newestIn, numbered, padded, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { sign } from './signed.js';

interface About {
  readonly holder: string;
  readonly at: string;
  readonly about: { readonly [name: string]: unknown };
}

export interface OpenRuns {
  readonly runs: Pick<Store, 'beginRun' | 'runs'>;
  /** An object was put or renewed, a work folder was asked for: the runs that are open here hold it. */
  keep(held: readonly string[]): void;
  close(): void;
}

/**
 * `runs/000000000012.json` is written first and is the lease; `….keep` lists, line by line, what no sweep may take
 * while its process lives, and says later when an object was used last; `….spent` has a line for each call that went
 * out and each answer that came; `….outcome.json` ends it.
 */
export const openRuns = (place: Place): OpenRuns => {
  const folder = `${place.root}/runs`;
  const open = new Map<string, RunLease>();
  return {
    runs: {
      beginRun(about) {
        const id = begin(place, about);
        const kept = new Set<ObjectId>();
        const spent = spendingAt(`${folder}/${id}.spent`, dirname(place.root));
        const lease: RunLease = {
          id,
          keep(objects) {
            const more = objects.filter((object) => !kept.has(object));
            for (const object of more) kept.add(object);
            if (more.length > 0) appendLines(`${folder}/${id}.keep`, more);
          },
          spend: spent.add,
          close(outcome) {
            spent.close();
            if (open.delete(id)) finish(place, id, outcome);
          },
        };
        open.set(id, lease);
        return lease;
      },
      runs: (most, before) => runsOf(place, most, before),
    },
    keep(objects) {
      for (const lease of open.values()) lease.keep(objects);
    },
    close: () => open.clear(),
  };
};

/** A call is not held up by a disk that takes no more: its answer has to be written too, and says so. */
function spendingAt(path: string, below: string): { add(more: Partial<Cost>): void; close(): void } {
  let lines: Appender | undefined;
  let isOver = false;
  const tolerant = (act: () => void) => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  };
  return {
    add: (more) =>
      tolerant(() => {
        if (isOver) return;
        lines ??= appender(path, below);
        lines.write([Buffer.from(`${JSON.stringify(more)}\n`)]);
      }),
    close: () =>
      tolerant(() => {
        isOver = true;
        lines?.close(false);
      }),
  };
}

/** Newest first. A store of a year has many: none is read that is not given. */
export function runsOf(place: Place, most = Number.POSITIVE_INFINITY, before?: string): RunRecord[] {
  const end = before === undefined ? undefined : padded(Number(before));
  const ids = names(`${place.root}/runs`)
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .filter((id) => end === undefined || id < end)
    .sort();
  const found: RunRecord[] = [];
  for (let at = ids.length - 1; at >= 0 && found.length < most; at--) {
    const run = runAt(place, ids[at] as string);
    if (run) found.push(run);
  }
  return found;
}

const begin = (place: Place, about: About['about']): string => {
  const draft = place.draft();
  const said: About = { holder: place.lives.own(), at: new Date().toISOString(), about };
  write(draft, sign(said), place.options.durable);
  // Not from the store's counter: a run with nothing to do writes its record and nothing else.
  let number = newestIn(`${place.root}/runs`) + 1;
  while (!linkNew(draft, `${place.root}/runs/${padded(number)}.json`)) number++;
  remove(draft);
  return padded(number);
};

const finish = (place: Place, id: string, outcome: RunRecord['outcome']): void => {
  const draft = place.draft();
  write(draft, sign(outcome ?? {}), false);
  linkNew(draft, `${place.root}/runs/${id}.outcome.json`);
  remove(draft);
  remove(`${place.root}/runs/${id}.spent`);
};

const runAt = (place: Place, id: string): RunRecord | undefined => {
  const said = readFileSigned(place, `${place.root}/runs/${id}.json`, 'The record of a run')?.is as About | undefined;
  if (!said) return undefined;
  const outcome = outcomeOf(place, id);
  const name = typeof said.about.name === 'string' ? { name: said.about.name } : {};
  const open = outcome === undefined && place.lives.alive(said.holder);
  return {
    id,
    ...name,
    at: said.at,
    open,
    about: said.about,
    ...(outcome ? { outcome } : { spent: spentIn(place, id) }),
  };
};

const AMOUNTS = ['calls', 'tokens', 'money'] as const;

/** A line that a kill cut is none. */
const spentIn = (place: Place, id: string): Cost =>
  (read(`${place.root}/runs/${id}.spent`)?.toString('utf8') ?? '')
    .split('\n')
    .reduce((sum, line) => sumCosts(sum, amountsIn(line)), NOTHING_SPENT);

function amountsIn(line: string): Partial<Cost> {
  try {
    const said = JSON.parse(line) as Record<string, unknown>;
    return Object.fromEntries(AMOUNTS.flatMap((what) => (typeof said[what] === 'number' ? [[what, said[what]]] : [])));
  } catch {
    return {};
  }
}

const outcomeOf = (place: Place, id: string): RunRecord['outcome'] =>
  readFileSigned(place, `${place.root}/runs/${id}.outcome.json`, 'The outcome of a run')?.is as RunRecord['outcome'];

const KEPT_RUNS = 1000;
const KEPT_USES = 100;

/** Of runs long ended only the newest are told about, and of fewer what they used. */
export const forgetOldRuns = (place: Place): void => {
  const folder = `${place.root}/runs`;
  const ended = numbered(folder)
    .filter((name) => /^\d{12}\.outcome\.json$/.test(name))
    .map((name) => name.slice(0, DIGITS))
    .reverse();
  for (const id of ended.slice(KEPT_USES)) remove(`${folder}/${id}.keep`);
  for (const id of ended.slice(KEPT_RUNS))
    for (const end of ['.json', '.outcome.json', '.spent']) remove(`${folder}/${id}${end}`);
};

/** How a lease names a work folder. */
export const workLease = (name: string): string => `work/${name}`;

/** The stages of runs that live, by fingerprint: what they reuse is in use, whatever its age. */
export const stagesInUse = (place: Place): Set<string> =>
  new Set(runsOf(place).flatMap(({ open, about }) => (open ? Object.values(about.stages ?? {}) : [])));

/** What runs that live hold: no sweep may take it. A lease whose record is broken holds as long as it is there. */
export const leased = (place: Place): Set<string> => {
  const folder = `${place.root}/runs`;
  const live = names(folder).filter((name) => name.endsWith('.keep') && isLive(place, name.slice(0, -5)));
  return new Set(live.flatMap((name) => read(`${folder}/${name}`)?.toString('utf8').split('\n') ?? []));
};

const isLive = (place: Place, id: string): boolean =>
  exists(`${place.root}/runs/${id}.json`) ? runAt(place, id)?.open !== false : true;
