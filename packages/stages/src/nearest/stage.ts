import {
  type Columns,
  type EngineOptions,
  type Handle,
  type Kind,
  type Ok,
  type Row,
  stage,
  type Table,
} from '@millrace/core';
import { refuseTwice } from '../beside/stage.js';
import type { Holds, Name, Names, TakenHere, Vectors as VectorColumn } from '../functions/columns.js';
import { tableIn } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { type NeighboursConfig, neighboursKind } from './neighbours.js';

interface NearestConfig {
  /** Column of the table searched → its name in the answer. */
  readonly take: Readonly<Record<string, string>>;
  readonly rank: string;
  readonly score: string;
  readonly partial: boolean;
}

/** Puts what was found beside the rows that asked. */
const kind: Kind<NearestConfig> = {
  name: 'nearest',
  version: 1,
  nature: 'pure',
  label: ({ take }) => Object.values(take).join(', '),
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    reads: ({ take }, role) => (role === 'among' ? Object.keys(take) : 'all'),
    columns: (config, { rows, among }) => {
      if (rows) refuseTwice(Object.keys(rows), [config.rank, config.score, ...Object.values(config.take)]);
      return { main: rows && among && { ...rows, ...addedColumns(config, among) } };
    },
    run: async ({ config, inputs }) => {
      const among = tableIn(inputs, 'among');
      const columns = addedColumns(config, among.columns);
      const [pairs, taken] = [await tableIn(inputs, 'found').all(), await among.all(Object.keys(config.take))];
      const add = pairs.map(({ found, rank, score }) => ({
        [config.rank]: rank,
        [config.score]: score,
        ...Object.fromEntries(Object.entries(config.take).map(([from, to]) => [to, taken[found]?.[from]])),
      }));
      return { main: { select: Int32Array.from(pairs, ({ query }) => query), from: 'rows', add, addColumns: columns } };
    },
  },
};

function addedColumns({ take, rank, score }: NearestConfig, among: Columns) {
  const taken = Object.entries(take).map(([from, to]) => [to, among[from] ?? ('null' as const)] as const);
  return { [rank]: 'int32' as const, [score]: 'float64' as const, ...Object.fromEntries(taken) };
}

interface Given {
  readonly from: string;
  readonly in?: string;
  readonly k?: number;
  readonly take?: readonly string[] | Readonly<Record<string, string>>;
  readonly rank?: string;
  readonly score?: string;
  readonly self?: 'keep' | 'skip';
  readonly partial?: boolean;
}

function build(
  rows: Handle,
  among: Handle,
  { given, options }: { given: Given; options?: EngineOptions | undefined },
): Handle {
  const { from, k = 10, take = [], rank = 'rank', score = 'score', self = 'keep', partial = false } = given;
  const config: NeighboursConfig = { from, in: given.in ?? from, k, self, partial };
  const names = Array.isArray(take)
    ? Object.fromEntries((take as readonly string[]).map((name) => [name, name]))
    : take;
  const found = stage({ kind: neighboursKind, inputs: { rows, among }, config, options });
  return stage({
    kind,
    inputs: { rows, among, found },
    config: { take: names, rank, score, partial },
    options,
  });
}

type Taken<R, T> = T extends readonly (infer N)[]
  ? Pick<R, N & keyof R>
  : { [F in keyof T as T[F] & string]: F extends keyof R ? R[F] : unknown };

/**
 * For each row its nearest rows of another table, by the cosine of their vectors: a row for each that was found, best
 * first. Rows without a vector find nothing and are not found.
 */
export function nearest<
  Q extends Row,
  QO extends boolean,
  R extends Row,
  RO extends boolean,
  const F extends Name<Q>,
  const N extends Name<R> = never,
  const T extends Names = [],
  const A extends string = 'rank',
  const S extends string = 'score',
>(
  rows: Table<Q, QO>,
  among: Table<R, RO>,
  config: {
    /** The column of vectors. */
    readonly from: Ok<F, Holds<F, Q, QO, VectorColumn>>;
    /** … in the table searched. Default: of the same name. */
    readonly in?: Ok<N, Holds<N, R, RO, VectorColumn>>;
    /** So many rows each. Default: 10. */
    readonly k?: number;
    /** Columns of the rows that are found: a list, or `{ column: 'name here' }`. */
    readonly take?: Ok<T, TakenHere<T, R, RO>>;
    /** Columns for the place, from 1, and for the cosine. */
    readonly rank?: A;
    readonly score?: S;
    /** `skip`: a row does not find the row of its own number: neighbours within one table. */
    readonly self?: 'keep' | 'skip';
    /** Rows that failed above are left out instead of refused. */
    readonly partial?: boolean;
  },
  options?: EngineOptions,
): Table<Q & Record<A | S, number> & Taken<R, T>, QO> {
  checkSettings(nearestEntry, config, options);
  return build(rows, among, { given: config as Given, options }) as never;
}

export const nearestEntry: StageEntry = {
  name: 'nearest',
  describe: 'For each row its nearest rows of another table, by their vectors.',
  own: { input: 'rows' },
  inputs: {
    rows: { is: 'table', describe: 'The rows that ask.' },
    among: { is: 'table', describe: 'The rows that are searched.' },
  },
  config: {
    from: { is: 'column', required: true, describe: 'The column of vectors.' },
    in: { is: 'text', describe: 'The column of vectors in the table searched. Default: of the same name.' },
    k: { is: 'int', min: 1, default: 10, describe: 'So many rows each.' },
    take: {
      is: 'either',
      describe: 'Columns of the rows that are found.',
      of: [
        { is: 'list', of: { is: 'text', describe: 'A column.' }, describe: 'Columns.' },
        { is: 'record', of: { is: 'text', describe: 'Its name in the answer.' }, describe: 'column: its name here.' },
      ],
    },
    rank: { is: 'new column', default: 'rank', describe: 'A column for the place, from 1.' },
    score: { is: 'new column', default: 'score', describe: 'A column for the cosine.' },
    self: { is: 'text', oneOf: ['keep', 'skip'], default: 'keep', describe: 'Whether a row finds itself.' },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) =>
    build(inputs.rows as Handle, inputs.among as Handle, { given: config as unknown as Given, options }),
};
