import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FileStore } from '@millrace/arrow-store';
import type { AnyHandle, AnyTable, Kind, MemoryStore, Output, Row, RunAsked, Store, TableOutput } from '@millrace/core';
import { flipBit } from '../files.js';
import { codeReader, type Engine, go, kit, Outside, type Went } from '../kit.js';

/** A store, and ways to lose what it holds. */
export interface Losable {
  readonly store: Store;
  readonly ways: readonly ((random: Random, prints: readonly string[]) => void)[];
}

export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

const some = <T>(all: readonly T[], random: Random): T[] => all.filter(() => random(3) === 0);

export const inMemory = (store: MemoryStore, { sweptFact }: Engine): Losable => ({
  store,
  ways: [
    (random) => {
      for (const object of some([...store.shelf.keys()].sort(), random)) store.shelf.delete(object);
    },
    (_, prints) => {
      store.shelf.clear();
      for (const print of prints) store.putFact(sweptFact(print), store.entry(print)?.counter ?? null);
    },
  ],
});

export const onDisk = (store: FileStore): Losable => {
  const files = () =>
    readdirSync(join(store.where, 'objects'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  return {
    store,
    ways: [
      (random) => {
        for (const file of some(files(), random)) rmSync(file);
      },
      (random) => {
        for (const file of some(files(), random)) {
          chmodSync(file, 0o644);
          flipBit(file);
        }
      },
      (random, prints) => void store.clear(some(prints, random)),
      (_, prints) => void store.clear(prints),
      () => void store.gc({ maxAgeMs: 0, graceMs: 0 }),
      (random) => void store.gc({ maxBytes: random(5000), graceMs: 0 }),
    ],
  };
};

/** What a function gives for a text: nested, and never the same fields for all. */
const NESTED: readonly (readonly unknown[])[] = [
  [{ x: 1 }, { x: 2, y: 'a' }, { x: 3, z: { w: [1] } }, null],
  [[], [1, 2], [null, 3], [null]],
  [[], [{ a: 1 }], [{ a: 1, b: 'c' }, {}], [{ b: 'd' }]],
  [new Map(), new Map([['a', 1]]), new Map([['b', null]]), null],
  [[[]], [['a']], [], [['b'], []]],
  ['a', 'bb', null, 'ccc'],
];

function nested(engine: Engine, rows: AnyTable, shape: number): AnyTable {
  const values = NESTED[shape % NESTED.length] as readonly unknown[];
  const kind: Kind<{ shape: number }> = {
    name: 'nested',
    version: 1,
    nature: 'pure',
    work: {
      is: 'rows',
      reads: () => ({ t: 't' }),
      answers: () => ({}),
      batch: () => 1 + (shape % 3),
      run: async (given) => given.map(({ t }): Row => ({ [`v${shape}`]: values[Number(t) % values.length] })),
    },
  };
  return engine.stage<AnyTable, { shape: number }>({ kind, inputs: { rows }, config: { shape } });
}

interface State {
  data: Row[];
  shapes: readonly number[];
  rows: number | undefined;
}

function outputsOf(engine: Engine, { data, shapes }: State): Record<string, AnyHandle> {
  const k = kit(engine, new Outside());
  const rows = k.rows(data);
  const one = nested(engine, rows, shapes[0] as number);
  const two = nested(engine, one, shapes[1] as number);
  const parts = k.split(two, { by: 't' });
  return {
    rows,
    one,
    two,
    few: k.filter(one, { from: 't', into: 'unused' }),
    pieces: k.explode(two, { from: 'text', into: 'piece' }),
    sorted: k.sort(two, { by: 't' }),
    test: parts.test,
    summary: parts.summary,
    model: k.train(one, { by: 't' }),
    below: k.pure(parts, { from: 'text', into: 'p' }),
  };
}

function edit(state: State, random: Random): void {
  const row = () => ({ t: String(random(8)), text: 'abcdef'.slice(0, random(7)), note: `note ${random(4)}` });
  const at = random(Math.max(1, state.data.length));
  const edits: readonly (() => void)[] = [
    () => void state.data.splice(at, 1, row()),
    () => void state.data.splice(at, 0, row()),
    () => void (state.data.length > 1 && state.data.splice(at, 1)),
    () => void state.data.splice(at, 1, { ...row(), ...state.data[at], note: 'edited' }),
    () => void state.data.reverse(),
    () => {
      state.rows = random(2) ? undefined : 1 + random(4);
    },
    () => {
      state.shapes = [random(NESTED.length), NESTED.length + random(NESTED.length)];
    },
  ];
  edits[random(edits.length)]?.();
}

/** Values by their digests, and types, of every output. */
const tell = (engine: Engine, outputs: ReadonlyMap<string, Output>): string =>
  JSON.stringify(
    [...outputs]
      .sort()
      .map(([name, output]) => [name, output.is === 'table' ? tellTable(engine, output) : output.digest]),
    undefined,
    1,
  );

const tellTable = (engine: Engine, { rows, columns }: TableOutput): unknown[] => [
  rows,
  ...columns.map(({ name, type, digest }) => `${name} ${engine.typeName(type)} ${digest}`).sort(),
];

/** Lives a history of edits and losses; after each run all is as from nothing. Says what is not, or nothing. */
export async function livesWithLosses(engine: Engine, open: () => Losable, seed: number): Promise<string | undefined> {
  const random = randomOf(seed);
  const { store, ways } = open();
  const state: State = { data: [], shapes: [random(6), 6 + random(6)], rows: undefined };
  for (let i = 0; i < 5; i++) edit({ ...state, data: state.data }, random);
  state.data.push(
    { t: '1', text: 'abc', note: 'n' },
    { t: '2', text: 'de', note: 'm' },
    { t: '3', text: 'f', note: 'l' },
  );
  for (let event = 0; event < 7; event++) {
    const wrong = await checked(engine, store, state);
    if (wrong) return `seed ${seed}, event ${event}: ${wrong}`;
    if (random(2)) ways[random(ways.length)]?.(random, await printsOf(engine, store, state));
    edit(state, random);
    if (random(4) === 0) await cutShort(engine, { store, state, after: random(6) });
  }
  await store.close();
  return undefined;
}

const asked = ({ rows }: State): RunAsked => ({ need: 'all', ...(rows !== undefined && { rows }) });

async function printsOf(engine: Engine, store: Store, state: State): Promise<string[]> {
  const ports = { store, code: codeReader, base: '/' };
  const { plan } = await engine.planGraph(
    engine.graphOf(outputsOf(engine, state)),
    { ...asked(state), need: [] },
    ports,
  );
  return plan.steps.map(({ fingerprint }) => fingerprint);
}

const MOST_READS = 30;

async function checked(engine: Engine, store: Store, state: State): Promise<string | undefined> {
  for (let reads = 0; reads < MOST_READS; reads++) {
    const went = await go({ engine, store, outside: new Outside() }, outputsOf(engine, state), asked(state));
    if (went.error || went.outcome?.ended !== 'done') return failureOf(went);
    if (await isDamaged(engine, store, went)) continue;
    const fresh = await go(
      { engine, store: engine.memoryStore(), outside: new Outside() },
      outputsOf(engine, state),
      asked(state),
    );
    const [now, then] = [tell(engine, went.outputs), tell(engine, fresh.outputs)];
    return now === then ? undefined : `${now}\nis from nothing\n${then}`;
  }
  return 'an output cannot be read, however often it is made again';
}

const failureOf = ({ error, events, outcome }: Went): string => {
  const failed = events.find((event) => event.is === 'stage-failed');
  return `the run ended ${outcome?.ended}: ${(error ?? failed?.error)?.stack}`;
};

async function isDamaged(engine: Engine, store: Store, { outputs }: Went): Promise<boolean> {
  try {
    for (const output of outputs.values()) {
      if (output.is === 'table') await new engine.TableReader(output, store).all();
      if (output.is === 'folder') for (const { object } of output.files) await store.getBytes(object);
    }
    return false;
  } catch (error) {
    if (engine.damageIn(error)) return true;
    throw error;
  }
}

/** A run that somebody stops after some events. */
async function cutShort(
  engine: Engine,
  { store, state, after }: { store: Store; state: State; after: number },
): Promise<void> {
  const stop = new AbortController();
  let left = after;
  const ports = { store, code: codeReader, base: '/' };
  await new Promise<void>((resolve, reject) =>
    engine
      .runGraph(engine.graphOf(outputsOf(engine, state)), { ...asked(state), drain: stop.signal }, ports)
      .subscribe({
        next: () => left-- === 0 && stop.abort(),
        error: reject,
        complete: resolve,
      }),
  );
}
