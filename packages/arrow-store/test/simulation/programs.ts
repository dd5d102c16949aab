import type { Entry, Lock } from '@millrace/core';
import type { FileStore, StoreOptions } from '../../src/store.js';
import type { World } from './process.js';

/** What of the project is under test: made anew for each process. */
export interface Api {
  openStore(path: string, options?: StoreOptions): FileStore;
  watched(lock: Lock): () => boolean;
}

/** Of each stage. */
export const ROWS = 3;

export const ROOT = '/shared/store';

interface Worker {
  readonly is: 'worker';
  readonly stage: number;
  readonly options: StoreOptions;
  /** Left out, to see that it is missed. */
  readonly without?: 'look' | 'token' | undefined;
}

interface Sweeper {
  readonly is: 'sweeper';
  readonly times: number;
  readonly graceMs: number;
  /** What was not used for a moment goes. */
  readonly letsGo: boolean;
  readonly options: StoreOptions;
}

interface Looker {
  readonly is: 'looker';
  readonly ms: number;
  readonly options: StoreOptions;
}

interface Locker {
  readonly is: 'locker';
  readonly times: number;
  readonly options: StoreOptions;
}

interface Leaser {
  readonly is: 'leaser';
  readonly times: number;
  readonly options: StoreOptions;
}

export type Program = Leaser | Locker | Worker | Sweeper | Looker;

export const printOf = (stage: number): string => `f${stage}`.padEnd(32, '0');
const identityOf = (stage: number): string => `1d${stage}`.padEnd(32, '0');

/** What a model would answer: nobody knows it without asking, and two that ask hear two answers. */
export const answerOf = (stage: number, row: number, asker: number): string =>
  `answer ${stage} ${row} to ${asker} ${'.'.repeat(row * 7)}`;

/** What a run does with a stage: as the engine, under its lock, with a journal, looking before each call. */
async function worker({ openStore, watched }: Api, world: World, program: Worker): Promise<void> {
  const { stage, options } = program;
  const store = openStore(ROOT, options);
  const run = store.beginRun({ stages: { answers: printOf(stage) } });
  const leased = await store.putBytes(LEASED);
  for (let done = false; !done; ) {
    const lock = await store.lock(`calls ${stage}`, new AbortController().signal);
    world.note('took', { stage });
    try {
      const look = program.without === 'look' ? () => true : watched(lock);
      done =
        (await reuse(store, world, { stage, keep: run.keep })) || (await answer(store, world, { program, look, lock }));
    } finally {
      world.note('gives', { stage });
      lock.release();
    }
  }
  await store.getBytes(leased);
  run.close({});
  await store.close();
}

interface Reuse {
  readonly stage: number;
  readonly keep: (objects: readonly string[]) => void;
}

/** A lease holds what it was told to, from then on. */
async function reuse(store: FileStore, world: World, { stage, keep }: Reuse): Promise<boolean> {
  const entry = store.entry(printOf(stage));
  const object = (entry?.parts['main'] as { object?: string } | undefined)?.object;
  if (!entry || !object || store.missing([object]).length) return false;
  keep([object]);
  if (store.missing([object]).length) return false;
  for (let times = 0; times < 2; times++) {
    const text = Buffer.from(await store.getBytes(object)).toString();
    world.note('read', { stage, text, counter: entry.counter });
    await world.pause(1 + world.chance.below(40));
  }
  return true;
}

interface Answer {
  readonly program: Worker;
  readonly look: () => boolean;
  readonly lock: Lock;
}

async function answer(store: FileStore, world: World, { program, look, lock }: Answer): Promise<boolean> {
  const { stage } = program;
  const known = new Map<number, string>();
  const used: string[] = [];
  for (const { id, abandoned, frames } of store.journals(identityOf(stage), 0)) {
    for (const frame of frames) {
      const text = Buffer.from(frame).toString();
      world.note('frame', { stage, text });
      known.set(Number(text.split(' ')[2]), text);
    }
    if (abandoned) used.push(id);
  }
  const missing = Array.from({ length: ROWS }, (_, row) => row).filter((row) => !known.has(row));
  const journal = missing.length ? store.journal(identityOf(stage), 0) : undefined;
  try {
    for (const row of missing) {
      if (!look()) return false;
      world.note('asks', { stage, row });
      await world.pause(1 + world.chance.below(30));
      const text = answerOf(stage, row, world.identity.pid);
      const safe = journal?.append(Buffer.from(text));
      world.note('kept', { stage, row });
      if (safe) await safe;
      world.note('counts', { stage, row });
      known.set(row, text);
    }
    const text = [...known]
      .sort(([a], [b]) => a - b)
      .map(([, each]) => each)
      .join('\n');
    for (const part of ['rows', 'keys', 'digests']) await store.putBytes(Buffer.from(`${part} of ${text}`));
    const object = await store.putBytes(Buffer.from(text));
    world.note('checks', { stage });
    if (program.without !== 'token' && !lock.held()) return false;
    const { counter } = store.commit(entryOf(stage, object), { cutoff: printOf(stage + 50) });
    world.note('committed', { stage, counter, text });
    await world.pause(1 + world.chance.below(20));
    world.note('read', { stage, text: Buffer.from(await store.getBytes(object)).toString(), counter });
  } finally {
    journal?.close();
  }
  for (const id of [...used, ...(journal ? [journal.id] : [])]) store.dropJournal(id);
  return true;
}

const NOTHING = { seconds: 1, rows: 1, calls: 1 };

const entryOf = (stage: number, object: string): Entry =>
  ({
    scheme: 1,
    fingerprint: printOf(stage),
    recipe: {},
    label: `stage ${stage}`,
    status: 'complete',
    origin: 'ran',
    inputs: {},
    parts: { main: { is: 'value', digest: object, value: null, object } },
    cost: NOTHING,
    worth: NOTHING,
    facts: {},
    detail: {},
    at: '',
  }) as unknown as Entry;

async function sweeper({ openStore }: Api, world: World, { times, graceMs, letsGo, options }: Sweeper): Promise<void> {
  const store = openStore(ROOT, options);
  for (let i = 0; i < times; i++) {
    store.gc({ graceMs, ...(letsGo && { maxAgeMs: world.chance.below(200) }) });
    await world.pause(1 + world.chance.below(60));
  }
  await store.close();
}

/** Takes and gives one lock, which no worker wants. */
async function locker({ openStore }: Api, world: World, { times, options }: Locker): Promise<void> {
  const store = openStore(ROOT, options);
  for (let i = 0; i < times; i++) {
    const lock = await store.lock('a room', new AbortController().signal);
    world.note('took', { stage: ROOM });
    if (world.chance.is(0.5)) await world.pause(world.chance.below(4));
    world.note('gives', { stage: ROOM });
    lock.release();
    if (world.chance.is(0.5)) await world.pause(world.chance.below(4));
  }
  await store.close();
}

const ROOM = 9;

/** Nothing but the lease of a run holds it. */
const LEASED = Buffer.from('what every run puts');

async function leaser({ openStore }: Api, world: World, { times, options }: Leaser): Promise<void> {
  const store = openStore(ROOT, options);
  for (let i = 0; i < times; i++) {
    const run = store.beginRun({});
    const object = await store.putBytes(LEASED);
    await world.pause(world.chance.below(4));
    await store.getBytes(object);
    run.close({});
  }
  await store.close();
}

/** Opens and closes, as `ls` does, or stays for a while. */
async function looker({ openStore }: Api, world: World, { ms, options }: Looker): Promise<void> {
  const store = openStore(ROOT, options);
  store.ls();
  store.runs();
  await world.pause(ms);
  await store.close();
}

export const programs: { readonly [is in Program['is']]: (api: Api, world: World, program: never) => Promise<void> } = {
  worker,
  sweeper,
  looker,
  locker,
  leaser,
};
