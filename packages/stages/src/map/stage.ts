import {
  type Columns,
  type EngineOptions,
  type Handle,
  type Kind,
  type Nature,
  type Ok,
  type Read,
  type Row,
  stage,
  type Table,
  type With,
} from '@millrace/core';
import type { Here, Name } from '../functions/columns.js';
import { asDeclared } from '../functions/given.js';
import { eachRowGiven } from '../functions/handed.js';
import { rowFunctionKeys } from '../functions/row-function.js';
import { eachRow, isLater } from '../functions/rows.js';
import { Threads } from '../functions/threads.js';
import { callSize, type FunctionSaid, functionUse } from '../functions/user-function.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { codeVersion } from '../registry/fields.js';
import { type Declared, resolveColumns } from '../source/declared.js';
import { jsonTexts } from '../source/json-texts.js';

export interface MapContext {
  readonly signal: AbortSignal;
  /** Of a sampling function: depends on the row and the draw, never on the order of calls. */
  readonly seed: string;
}

export interface MapConfig<K extends string = string, A extends Row = Row, W extends With = With, H = unknown, R = Row>
  extends FunctionSaid {
  /** Columns the function sees. Default: those that its first parameter takes apart, else all. */
  readonly reads?: readonly K[];
  /** Config of the function; in the key. */
  readonly with?: W;
  /** Handles the function gets: connections, sessions, loggers. In no key. */
  readonly open?: () => H | Promise<H>;
  readonly close?: (handle: H) => Promise<void> | void;
  readonly run: (row: R, given: W, handle: H, context: MapContext) => A | Promise<A>;
  /** Types of the columns it adds. Default: by the JavaScript type of what it returns. */
  readonly columns?: Declared;
  /** `pure` by default: the same bits again. A function that asks a service is `answered`; one that draws, `sampling`. */
  readonly nature?: Nature;
}

type Given = MapConfig;

type Parsed = Omit<Given, 'columns'> & {
  readonly columns?: Columns;
  /** Columns that hold the JSON of any value. */
  readonly json?: readonly string[];
};

interface Opened {
  readonly user: unknown;
  readonly threads?: Threads;
  readonly close: () => Promise<void>;
}

async function openMap(config: Parsed, { threads: count }: EngineOptions): Promise<Opened> {
  if (count) {
    if (config.open)
      throw new Error(
        'The map has both threads and open: a handle cannot go into a thread. Open what the function needs inside the function, or leave threads out.',
      );
    const threads = new Threads(count, { fn: config.run, uses: config.uses ?? {}, given: config.with ?? {} });
    return { user: undefined, threads, close: () => threads.close() };
  }
  const user = await config.open?.();
  return { user, close: async () => config.close?.(user) };
}

const keys = rowFunctionKeys<Parsed>(({ columns, json }) => ({ columns, ...(json && { json }) }));

/** Short names of types are resolved, so that `int` and `int64` are one key. */
function withTypes(config: Given): Parsed {
  if (!config.columns) return config as Parsed;
  const { columns, json } = resolveColumns(config.columns);
  return { ...config, columns, ...(json && { json }) };
}

const kind: Kind<Parsed, EngineOptions> = {
  name: 'map',
  version: 1,
  nature: (config) => config.nature ?? 'pure',
  config: (given) => withTypes(asDeclared<Given>(given)),
  label: (config) => config.run.name || 'function',
  code: (config) => ({ run: functionUse(config.run, config) }),
  handles: ({ open, close }) => ({ ...(open && { open }), ...(close && { close }) }),
  ...keys.stage,
  work: {
    is: 'rows',
    ...keys.calls,
    answers: (config) => config.columns ?? {},
    batch: callSize,
    open: (config, options) => openMap(config, options),
    close: (opened: Opened) => opened.close(),
    run: (rows, { config, handle, seeds, signal }) => {
      const { threads, user } = handle as Opened;
      const { json = [] } = config;
      if (threads)
        return threads
          .run(rows)
          .then((answers) => eachRow(answers as readonly Row[], (row) => thrownOrAdded(row, json)));
      return eachRowGiven(rows, config.with, (row, given, at) =>
        added(config.run(row, given, user, { signal, seed: seeds[at] ?? '' }), json),
      );
    },
  },
};

function added(answer: Row | Promise<Row>, json: readonly string[]): Row | Promise<Row> {
  if (isLater(answer)) return answer.then((row) => added(row, json));
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return jsonTexts(answer, json);
  throw new Error(
    `The function of this map returned ${Array.isArray(answer) ? 'a list' : String(answer)}, which says no columns. Return an object such as { clean: text.trim() }; to leave rows out, use a filter.`,
  );
}

/** What a thread gave: an error stands for what was thrown there. */
function thrownOrAdded(answer: Row, json: readonly string[]): Row | Promise<Row> {
  if (answer instanceof Error) throw answer;
  return added(answer, json);
}

/** A new column must not have the name of one that is there. */
type Fresh<A, R> = 0 extends 1 & R
  ? unknown
  : string extends keyof A
    ? unknown
    : [keyof A & keyof R & string] extends [never]
      ? unknown
      : `Column "${keyof A & keyof R & string}" exists already: choose another name`;

/** Adds what a function returns for each row as columns. */
export function map<
  R extends Row,
  O extends boolean,
  A extends Row,
  const K extends Name<R> = keyof R & string,
  const W extends With = Record<never, never>,
  H = undefined,
>(
  rows: Table<R, O>,
  config: MapConfig<Ok<K, Here<K, R, O>>, A, W, H, Read<R, K>> & Fresh<A, R>,
  options?: EngineOptions,
): Table<R & A, O> {
  checkSettings(mapEntry, config, options);
  return mapStage(rows, config, options);
}

/** As many calls at once as there are threads. */
const mapStage = <H extends Handle>(rows: Handle, config: object, options: EngineOptions = {}): H =>
  stage({
    kind,
    inputs: { rows },
    config,
    options: { ...(options.threads && { concurrency: options.threads }), ...options },
  });

export const mapEntry: StageEntry = {
  name: 'map',
  describe: 'Adds what a function returns for each row as columns.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    run: {
      is: 'function',
      required: true,
      describe: 'Called for each row with the columns it reads; returns the new columns.',
    },
    reads: { is: 'list', of: { is: 'column', describe: 'A column.' }, describe: 'Columns the function sees.' },
    with: { is: 'any', describe: 'Config of the function: its second argument.' },
    columns: { is: 'record', of: { is: 'any', describe: 'A type.' }, describe: 'Types of the new columns.' },
    nature: {
      is: 'text',
      oneOf: ['pure', 'answered', 'sampling'],
      default: 'pure',
      describe: 'Whether the same row gives the same bits again.',
    },
    version: codeVersion,
    impure: { is: 'list', of: { is: 'text', describe: 'A read.' }, describe: 'Reads that the key cannot see.' },
  },
  options: {},
  code: ['uses', 'open', 'close'],
  build: ({ inputs, config, options }) => mapStage(inputs.rows as Handle, config, options),
};
