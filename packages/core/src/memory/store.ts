import { NOTHING_SPENT, sumCosts } from '../ports/cost.js';
import type { Cost, Digest, Entry, Memory, RunRecord, Segment, Store, Stored } from '../ports/store.js';
import { temporaryFolder } from './disk.js';
import { Locks } from './locks.js';
import { memoryObjects, type Shelf } from './objects.js';

/** The reference: what a store means, without files. It lives as long as the process. */
export interface MemoryStore extends Store {
  /** What it holds, for those who want to see what happens when some of it is lost. */
  readonly shelf: Shelf;
  /** As after kill -9: this one is dead from now on; the one returned finds all that was durable. */
  kill(): MemoryStore;
}

interface Life {
  alive: boolean;
}

interface Written {
  readonly id: string;
  readonly identity: Digest;
  readonly redraw: number;
  readonly frames: Uint8Array[];
  readonly life: Life;
  closed: boolean;
}

interface Run extends Omit<RunRecord, 'open' | 'outcome' | 'spent'> {
  readonly life: Life;
  spent: Cost;
  outcome?: { readonly [name: string]: unknown };
}

/** What outlives a process. */
class World {
  counter = 0;
  readonly shelf: Shelf = new Map();
  readonly entries = new Map<Digest, Stored>();
  readonly cutoffs = new Map<Digest, Stored[]>();
  readonly segments = new Map<Digest, Memory[]>();
  readonly redraws = new Map<Digest, { readonly done: number; readonly open?: number }>();
  readonly journals = new Map<string, Written>();
  readonly facts = new Map<string, string>();
  readonly runs: Run[] = [];
  readonly locks = new Locks();
  readonly workFolders = new Map<string, ReturnType<typeof temporaryFolder>>();
}

export const memoryStore = (): MemoryStore => living(new World());

const living = (world: World): MemoryStore => {
  const life: Life = { alive: true };
  const noticed: { object: string; what: string }[] = [];
  let folder: ReturnType<typeof temporaryFolder> | undefined;
  const here = (): World => {
    if (!life.alive) throw new Error('The store was closed: open it again.');
    return world;
  };
  const end = () => {
    life.alive = false;
    world.locks.die(life);
    folder?.remove();
  };
  return {
    where: 'memory',
    writable: true,
    room: () => undefined,
    shelf: world.shelf,
    ...memoryObjects(() => here().shelf, noticed),
    ...records(here),
    ...rowMemory(here),
    ...journals(here, life),
    ...runs(here, life),
    lock: async (name, signal) => here().locks.take(name, life, signal),
    fact: (name) => parsed(here().facts.get(name)),
    putFact: (name, value) => void here().facts.set(name, JSON.stringify(value)),
    noticed: () => noticed.splice(0),
    scratch: () => {
      folder ??= temporaryFolder();
      return folder.path;
    },
    workFolder(name) {
      const folder = here().workFolders.get(name) ?? temporaryFolder();
      world.workFolders.set(name, folder);
      return folder.path;
    },
    dropWorkFolder(name) {
      here().workFolders.get(name)?.remove();
      world.workFolders.delete(name);
    },
    close: async () => end(),
    kill: () => {
      end();
      return living(world);
    },
  };
};

const records = (here: () => World): Pick<Store, 'entry' | 'cutoff' | 'entries' | 'commit' | 'forget'> => ({
  entry: (fingerprint) => here().entries.get(fingerprint),
  cutoff: (key) => here().cutoffs.get(key)?.at(-1),
  entries: () => [...here().entries.values()].sort((a, b) => b.counter - a.counter),
  commit(entry, { cutoff, ends }) {
    const world = here();
    const stored: Stored = { ...copied<Entry>(entry), counter: ++world.counter };
    world.entries.set(stored.fingerprint, stored);
    if (cutoff !== undefined) listed(world.cutoffs, cutoff).push(stored);
    if (ends) endRedraw(world, ends.identity, ends.redraw);
    return stored;
  },
  forget(fingerprint) {
    const world = here();
    world.entries.delete(fingerprint);
    for (const [key, all] of world.cutoffs)
      world.cutoffs.set(
        key,
        all.filter((stored) => stored.fingerprint !== fingerprint),
      );
  },
});

const rowMemory = (
  here: () => World,
): Pick<Store, 'memory' | 'remember' | 'redraw' | 'openRedraw' | 'closeRedraw'> => ({
  memory: (identity) => [...(here().segments.get(identity) ?? [])],
  remember(identity, redraw, segment) {
    const all = listed(here().segments, identity);
    const same = (known: Memory) =>
      known.redraw === redraw && JSON.stringify(known.segment) === JSON.stringify(segment);
    const known = all.findIndex(same);
    if (known >= 0) all.splice(known, 1);
    all.push({ counter: ++here().counter, redraw, segment: copied<Segment>(segment) });
  },
  redraw: (identity) => here().redraws.get(identity) ?? { done: 0 },
  openRedraw(identity) {
    const { done, open = done + 1 } = here().redraws.get(identity) ?? { done: 0 };
    here().redraws.set(identity, { done, open });
    return open;
  },
  closeRedraw: (identity, redraw) => endRedraw(here(), identity, redraw),
});

const endRedraw = ({ redraws }: World, identity: string, redraw: number): void => {
  const { done, open } = redraws.get(identity) ?? { done: 0 };
  const rest = open !== undefined && open > redraw ? { open } : {};
  redraws.set(identity, { done: Math.max(done, redraw), ...rest });
};

const journals = (here: () => World, life: Life): Pick<Store, 'journal' | 'journals' | 'dropJournal'> => ({
  journal(identity, redraw) {
    const world = here();
    const written: Written = { id: `journal-${++world.counter}`, identity, redraw, frames: [], life, closed: false };
    world.journals.set(written.id, written);
    return {
      id: written.id,
      append: (frame) => void (here() && written.frames.push(frame.slice())),
      close: () => {
        written.closed = true;
      },
    };
  },
  journals: (identity, redraw) =>
    [...here().journals.values()]
      .filter((written) => written.identity === identity && written.redraw === redraw)
      .map(({ id, closed, life, frames }) => ({ id, abandoned: closed || !life.alive, frames: [...frames] })),
  dropJournal: (id) => void here().journals.delete(id),
});

const runs = (here: () => World, life: Life): Pick<Store, 'beginRun' | 'runs'> => ({
  beginRun(about) {
    const world = here();
    const name = typeof about.name === 'string' ? { name: about.name } : {};
    const run: Run = {
      id: `run-${++world.counter}`,
      ...name,
      at: new Date().toISOString(),
      about: copied(about),
      life,
      spent: NOTHING_SPENT,
    };
    world.runs.unshift(run);
    return {
      id: run.id,
      keep: () => void here(),
      spend: (more) => {
        here();
        run.spent = sumCosts(run.spent, more);
      },
      close: (outcome) => {
        if (life.alive) run.outcome ??= copied(outcome);
      },
    };
  },
  runs: (most = Number.POSITIVE_INFINITY, before = undefined) => {
    const { runs: all } = here();
    const from = all.findIndex(({ id }) => id === before) + 1;
    return all.slice(from, from + most).map(({ life, spent, ...run }) => ({
      ...run,
      open: run.outcome === undefined && life.alive,
      ...(run.outcome === undefined && { spent }),
    }));
  },
});

const listed = <T>(map: Map<string, T[]>, key: string): T[] => {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
};

/** Through JSON, as on disk: a later change by the caller does not reach what is stored. */
const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
