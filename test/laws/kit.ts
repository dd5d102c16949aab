import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Core from '@millrace/core';
import type {
  AnyHandle,
  AnyTable,
  CodeReader,
  Columns,
  EngineOptions,
  Folder,
  Inputs,
  Kind,
  Nature,
  Output,
  Row,
  RowAnswer,
  RunAsked,
  RunEvent,
  RunOutcome,
  Store,
  Value,
} from '@millrace/core';

/** The engine under test: the real one, or one that was broken on purpose. */
export type Engine = typeof Core;

/** The world outside of the engine: it answers calls, never twice the same, and keeps a list of them. */
export class Outside {
  /** Each call that came to an answer, as `kind(config) what`. */
  calls: string[] = [];
  /** Calls that were refused an answer. */
  failed: string[] = [];
  /** Texts that fail today. */
  readonly failing = new Set<string>();
  /** Set when the process that asks was killed. */
  dead = false;
  readonly #asked = new Map<string, number>();

  answer(key: string, text: unknown): number {
    if (this.dead) throw new Error('nobody asks any more');
    if (this.failing.has(String(text))) {
      this.failed.push(key);
      throw new Error(`no answer for ${text} today (request ${this.failed.length})`);
    }
    this.calls.push(key);
    const times = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, times);
    return times;
  }

  take(): { calls: string[]; failed: string[] } {
    const { calls, failed } = this;
    this.calls = [];
    this.failed = [];
    return { calls, failed };
  }
}

/** Code of a function: what it says itself. */
export const codeReader: CodeReader = {
  read: (fn, { version }) => ({
    code: {
      digest: `${version ?? fn.toString()}`,
      units: [{ name: fn.name, place: 'kit.ts:1', digest: `${version}` }],
      packages: {},
    },
  }),
};

export interface RowStage {
  readonly from: string;
  readonly into: string;
  /** What the call sees of the config. */
  readonly with?: unknown;
  readonly code?: string;
  readonly version?: number;
  readonly batch?: number;
  readonly repeat?: number;
  /** Keyed by the request as sent, not by the values read. */
  readonly request?: boolean;
  readonly options?: EngineOptions;
}

type Answering = (text: string, key: string, inputs: Inputs) => RowAnswer | Promise<RowAnswer>;

interface RowKind {
  readonly name: string;
  readonly nature: Nature;
  readonly many?: boolean;
  readonly answers?: Columns;
  readonly side?: Readonly<Record<string, AnyHandle>>;
  readonly answer: Answering;
}

const show = (value: unknown): string =>
  typeof value === 'number' && Object.is(value, -0)
    ? '-0'
    : typeof value === 'bigint'
      ? `${value}n`
      : `${value ?? '∅'}`;

/** A text and a number that look the same are two values. */
export const typed = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : show(value));

export const sideTable = (role: string, rows: readonly Row[], columns: Columns): string =>
  `${role}=${tell(rows)} of ${JSON.stringify(Object.entries(columns).sort())};`;

const sideText = async (inputs: Inputs): Promise<string> => {
  let text = '';
  for (const role of Object.keys(inputs).sort()) {
    const input = inputs[role];
    if (role === 'rows' || !input) continue;
    if (input.is === 'value') text += `${role}=${JSON.stringify(input.value)};`;
    if (input.is === 'folder') text += `${role}=${readFileSync(join(await input.path(), 'model.txt'), 'utf8')};`;
    if (input.is === 'table') text += sideTable(role, await input.all(), input.columns);
  }
  return short(text);
};

/** Stage kinds of every shape, tiny, whose answers come from outside. */
export const kit = (engine: Engine, outside: Outside) => {
  const rowStage = (input: AnyTable, c: RowStage, of: RowKind): AnyTable => {
    const answers: Columns = of.answers ?? { out: 'text' };
    const kind: Kind<RowStage, EngineOptions> = {
      name: of.name,
      version: c.version ?? 1,
      nature: of.nature,
      semantic: ({ code: _, options: __, batch: ___, ...rest }) => rest,
      ...(c.code !== undefined && { code: () => ({ run: { fn: of.answer, version: c.code as string } }) }),
      work: {
        is: 'rows',
        ...(of.many && { many: true }),
        reads: ({ from }) => ({ text: from }),
        answers: () => answers,
        adds: ({ into }) =>
          Object.fromEntries(Object.keys(answers).map((name) => [name === 'out' ? into : `${into}_${name}`, name])),
        call: (config) => ({ version: c.version ?? 1, config: { with: config.with } }),
        ...(c.repeat !== undefined && { repeat: () => c.repeat as number }),
        ...(c.batch !== undefined && { batch: () => c.batch as number }),
        ...(c.request && { request: ({ text }: Row) => ({ ask: show(text) }) }),
        run: async (rows, { seeds, inputs }) => {
          const side = await sideText(inputs);
          const call = `${of.name}(${JSON.stringify([c.with ?? null, c.code ?? null, c.version ?? 1])}${side})`;
          return Promise.all(
            rows.map(async ({ text }, i) => {
              const key = `${call} ${typed(c.request ? show(text) : text)}${seeds[i] ? ` @${seeds[i].slice(0, 12)}` : ''}`;
              try {
                return await of.answer(show(text), key, inputs);
              } catch (error) {
                if (rows.length === 1) throw error;
                return error as Error;
              }
            }),
          );
        },
      },
    };
    return engine.stage<AnyTable, RowStage, EngineOptions>({
      kind,
      inputs: { rows: input, ...of.side },
      config: c,
      options: { retries: 0, ...c.options },
    });
  };

  /** `said` is what the answer of this call is, whatever the number of times it was asked. */
  const saying =
    (said: (text: string) => RowAnswer): Answering =>
    (text, key) => {
      outside.answer(key, text);
      return said(text);
    };

  const suffix = (c: RowStage): string => JSON.stringify([c.with ?? null, c.code ?? null, c.version ?? 1]);
  const pieces = (text: string): Row[] => [...text.slice(0, text.length % 4)].map((out) => ({ out }));

  return {
    rows: (data: readonly Row[]): AnyTable => source(engine, data),

    stream: (data: readonly Row[], columns: Columns): AnyTable => streamed(engine, outside, { data, columns }),

    pure: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, { name: 'pure', nature: 'pure', answer: saying((text) => ({ out: `${text}${suffix(c)}` })) }),

    asked: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: c.request ? 'requested' : 'asked',
        nature: 'answered',
        answer: (text, key) => Promise.resolve({ out: `${text}${suffix(c)}#${outside.answer(key, text)}` }),
      }),

    sampled: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: 'sampled',
        nature: 'sampling',
        answer: (text, key) => ({ out: `${text}${suffix(c)}@${key.split('@').at(-1)}#${outside.answer(key, text)}` }),
      }),

    explode: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, { name: 'explode', nature: 'pure', many: true, answer: saying(pieces) }),

    filter: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: 'filter',
        nature: 'answered',
        many: true,
        answers: {},
        answer: saying((text) => (text.length % 2 ? [] : [{}])),
      }),

    judged: (t: AnyTable, c: RowStage & { threshold: Value }): AnyTable => {
      const { threshold, ...rest } = c;
      return rowStage(t, rest, {
        name: 'judged',
        nature: 'pure',
        side: { threshold },
        answer: async (text, key, inputs) => {
          outside.answer(key, text);
          return { out: `${text}${suffix(c)}${await sideText(inputs)}` };
        },
      });
    },

    tuned: (t: AnyTable, c: RowStage & { model: Folder }): AnyTable => {
      const { model, ...rest } = c;
      return rowStage(t, rest, {
        name: 'tuned',
        nature: 'answered',
        side: { model },
        answer: async (text, key, inputs) => ({
          out: `${text}${suffix(c)}${await sideText(inputs)}#${outside.answer(key, text)}`,
        }),
      });
    },

    looked: (t: AnyTable, c: RowStage & { side: AnyTable }): AnyTable => {
      const { side, ...rest } = c;
      return rowStage(t, rest, {
        name: 'looked',
        nature: 'pure',
        side: { side },
        answer: async (text, key, inputs) => {
          outside.answer(key, text);
          return { out: `${text}${suffix(c)}${await sideText(inputs)}` };
        },
      });
    },

    /** A kind of a test's own. */
    rowStage,
    ...wholes(engine, outside),
  };
};

export type Kit = ReturnType<typeof kit>;

function source(engine: Engine, data: readonly Row[]): AnyTable {
  const kind: Kind<{ data: readonly Row[] }> = {
    name: 'rows',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      run: async ({ config }) => ({ main: { rows: [config.data] } }),
    },
  };
  return engine.stage<AnyTable, { data: readonly Row[] }>({ kind, config: { data } });
}

interface Streamed {
  readonly data: readonly Row[];
  readonly columns: Columns;
}

function streamed(engine: Engine, outside: Outside, { data, columns }: Streamed): AnyTable {
  const kind: Kind<{ columns: Columns }, { data: readonly Row[] }> = {
    name: 'stream',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      world: (_, options) => engine.digestValue(options.data),
      columns: (config) => ({ main: config.columns }),
      run: async ({ options }) => {
        outside.answer(`stream ${tell(options.data)}`, 'stream');
        return { main: { rows: oneByOne(options.data) } };
      },
    },
  };
  return engine.stage<AnyTable, { columns: Columns }, { data: readonly Row[] }>({
    kind,
    config: { columns },
    options: { data },
  });
}

async function* oneByOne(data: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (const row of data) yield [row];
}

const byText = (a: unknown, b: unknown): number => (show(a) < show(b) ? -1 : show(a) > show(b) ? 1 : 0);

interface By {
  readonly by: string;
  readonly with?: unknown;
  readonly partial?: boolean;
}

/** Stages over whole tables. Each tells what it saw, so that a second look at the same is noticed. */
function wholes(engine: Engine, outside: Outside) {
  const declare = <H extends AnyHandle>(
    inputs: Record<string, AnyTable>,
    c: By,
    kind: Pick<Kind<By>, 'name' | 'work'>,
  ): H => engine.stage<H, By>({ kind: { version: 1, nature: 'pure', ...kind }, inputs, config: c });
  const seen = async (name: string, c: By, inputs: Inputs) => {
    const table = tableOf(inputs['rows']);
    const values = (await table.all()).map((row) => typed(row[c.by]));
    outside.answer(
      `${name}(${JSON.stringify(c)}) ${short(values.join(' '))} ${[...table.failed]} ${JSON.stringify(table.columns)}`,
      name,
    );
  };
  const reads = (c: By) => [c.by];
  const partial = (c: By) => c.partial === true;

  return {
    /** Rows in another order: columns are passed on by reference. */
    sort: (t: AnyTable, c: By): AnyTable =>
      declare({ rows: t }, c, {
        name: 'sort',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table' }),
          reads,
          partial,
          run: async ({ inputs }) => {
            const rows = await tableOf(inputs['rows']).all();
            await seen('sort', c, inputs);
            const order = rows.map((_, i) => i).filter((i) => !tableOf(inputs['rows']).failed.has(i));
            order.sort((a, b) => byText(rows[a]?.[c.by], rows[b]?.[c.by]) || a - b);
            return { main: { select: Int32Array.from(order), from: 'rows' } };
          },
        },
      }),

    /** Pairs of rows that are equal in a column, written anew. */
    join: (left: AnyTable, right: AnyTable, c: By & { prefix: string }): AnyTable =>
      declare({ left, right }, c, {
        name: 'join',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table' }),
          run: async ({ inputs }) => {
            const [a, b] = [await tableOf(inputs['left']).all(), await tableOf(inputs['right']).all()];
            const columns = ['left', 'right'].map((role) => Object.keys(tableOf(inputs[role]).columns).sort());
            outside.answer(`join(${JSON.stringify(c)}) ${columns.join('|')} ${short(tell(a) + tell(b))}`, 'join');
            return { main: { rows: [joined(a, b, c)] } };
          },
        },
      }),

    group: (t: AnyTable, c: By): AnyTable =>
      declare({ rows: t }, c, {
        name: 'group',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table' }),
          reads,
          partial,
          unordered: true,
          columns: () => ({ main: { [c.by]: 'text', count: 'int32' } }),
          run: async ({ inputs }) => {
            const rows = await kept(inputs['rows']);
            await seen('group', c, inputs);
            return { main: { rows: [grouped(rows, c.by)] } };
          },
        },
      }),

    count: (t: AnyTable, c: By): Value =>
      declare({ rows: t }, c, {
        name: 'count',
        work: {
          is: 'whole',
          parts: () => ({ main: 'value' }),
          reads,
          partial,
          run: async ({ inputs }) => {
            const rows = await kept(inputs['rows']);
            await seen('count', c, inputs);
            return { main: { value: counted(rows, c) } };
          },
        },
      }),

    train: (t: AnyTable, c: By): Folder =>
      declare({ rows: t }, c, {
        name: 'train',
        work: {
          is: 'whole',
          parts: () => ({ main: 'folder' }),
          reads,
          partial,
          run: async ({ inputs, folder }) => {
            const rows = await kept(inputs['rows']);
            await seen('train', c, inputs);
            mkdirSync(folder('main'), { recursive: true });
            writeFileSync(join(folder('main'), 'model.txt'), trained(rows, c));
            return { main: { folder: folder('main'), essential: ['model.txt'] } };
          },
        },
      }),

    /** Several parts: two tables and a summary. */
    split: (t: AnyTable, c: By): AnyTable & { readonly test: AnyTable; readonly summary: Value } =>
      declare({ rows: t }, c, {
        name: 'split',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table', test: 'table', summary: 'value' }),
          reads,
          partial,
          run: async ({ inputs }) => {
            const rows = await tableOf(inputs['rows']).all();
            await seen('split', c, inputs);
            const all = rows.map((_, i) => i).filter((i) => !tableOf(inputs['rows']).failed.has(i));
            const first = all.filter((_, i) => i % 2 === 0);
            const second = all.filter((_, i) => i % 2 === 1);
            return {
              main: { select: Int32Array.from(first), from: 'rows' },
              test: { select: Int32Array.from(second), from: 'rows' },
              summary: { value: { first: first.length, second: second.length } },
            };
          },
        },
      }),
  };
}

/** Long texts by their digest: they nest. */
export const short = (text: string): string =>
  text.length < 60 ? text : createHash('sha256').update(text).digest('hex').slice(0, 12);

export const tell = (rows: readonly Row[]): string =>
  JSON.stringify(
    rows.map((row) =>
      Object.entries(row)
        .map(([k, v]) => [k, typed(v)])
        .sort(),
    ),
  );

const tableOf = (input: Inputs[string] | undefined) => {
  if (input?.is !== 'table') throw new Error('a table was expected');
  return input;
};

const kept = async (input: Inputs[string] | undefined): Promise<Row[]> =>
  (await tableOf(input).all()).filter((_, i) => !tableOf(input).failed.has(i));

/** What the whole stages compute; the reference computes it by the same few lines from plain rows. */
export const joined = (a: readonly Row[], b: readonly Row[], { by, prefix }: { by: string; prefix: string }): Row[] =>
  a.flatMap((left) =>
    b
      .filter((right) => show(right[by]) === show(left[by]))
      .map((right) => ({
        ...left,
        ...Object.fromEntries(Object.entries(right).map(([k, v]) => [`${prefix}${k}`, v])),
      })),
  );

export function grouped(rows: readonly Row[], by: string): Row[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(show(row[by]), (counts.get(show(row[by])) ?? 0) + 1);
  return [...counts].map(([text, count]) => ({ [by]: text, count }));
}

export const counted = (rows: readonly Row[], { by, with: limit }: By): unknown => ({
  distinct: new Set(rows.map((row) => show(row[by]))).size,
  limit: limit ?? null,
  rows: rows.length,
});

export const trained = (rows: readonly Row[], { by, with: rate }: By): string =>
  `${rows
    .map((row) => show(row[by]))
    .sort()
    .join(',')}|${JSON.stringify(rate ?? null)}`;

export { byText, show };

/** What a run did, by what executed. */
export interface Went {
  /** Stage → `reused`, `cut off`, `ran`, `ran 2/3`, `failed`, `skipped`. */
  readonly did: Readonly<Record<string, string>>;
  readonly calls: readonly string[];
  /** Calls that were refused an answer. */
  readonly failed: readonly string[];
  readonly events: readonly RunEvent[];
  readonly outcome: RunOutcome | undefined;
  readonly error: Error | undefined;
  readonly outputs: ReadonlyMap<string, Output>;
  /** Rows of a named output. */
  rows(name: string): Promise<Row[]>;
  value(name: string): unknown;
}

export interface World {
  readonly engine: Engine;
  readonly store: Store;
  readonly outside: Outside;
}

/** Runs a pipeline and tells what it did. What it throws is in the answer. */
export async function go(world: World, outputs: Record<string, AnyHandle>, asked: RunAsked = {}): Promise<Went> {
  const { engine, store, outside } = world;
  outside.take();
  const events: RunEvent[] = [];
  const graph = engine.graphOf(outputs);
  const error = await new Promise<Error | undefined>((resolve) =>
    engine.runGraph(graph, asked, { store, code: codeReader, base: '/' }).subscribe({
      next: (event) => events.push(event),
      error: (thrown: Error) => resolve(thrown),
      complete: () => resolve(undefined),
    }),
  );
  const found = outputsOf(graph, events);
  return {
    did: didOf(events),
    ...outside.take(),
    events,
    outcome: events.find((e) => e.is === 'run-finished')?.outcome,
    error,
    outputs: found,
    rows: (name) => {
      const output = found.get(name);
      if (output?.is !== 'table') throw new Error(`${name} gave no table`);
      return new engine.TableReader(output, store).all();
    },
    value: (name) => {
      const output = found.get(name);
      if (!output || output.is === 'table') throw new Error(`${name} gave no value`);
      const result = engine.resultOf(output, store);
      return result.is === 'value' ? result.value : output;
    },
  };
}

function outputsOf(graph: Core.Graph, events: readonly RunEvent[]): Map<string, Output> {
  const prints = new Map<string, string>();
  const made = new Map<string, Readonly<Record<string, Output>>>();
  for (const event of events) {
    if (event.is === 'planned')
      for (const { node } of event.plan.steps) for (const name of node.names) prints.set(name, node.fingerprint);
    if (event.is === 'stage-outputs') made.set(event.fingerprint, event.outputs);
  }
  const found = new Map<string, Output>();
  for (const [name, ref] of graph.outputs) {
    const output = made.get(prints.get(graph.names.get(ref.stage) as string) as string)?.[ref.part];
    if (output) found.set(name, output);
  }
  return found;
}

function didOf(events: readonly RunEvent[]): Record<string, string> {
  const did: Record<string, string> = {};
  for (const event of events) {
    if (event.is === 'stage-finished')
      did[event.stage] =
        event.ranRows === undefined || event.status !== 'ran' ? event.status : `ran ${event.ranRows}/${event.rows}`;
    if (event.is === 'stage-failed') did[event.stage] = 'failed';
    if (event.is === 'stage-skipped') did[event.stage] = 'skipped';
  }
  return did;
}
