import { type Col, type EngineOptions, type Handle, type Row, stage, type Table } from '@millrace/core';
import type { StageEntry } from '../registry/entry.js';
import { type How, type JoinConfig, joinKind } from './stage.js';

export interface JoinSettings<On, H extends How, T> {
  /** A column of both tables, several, or `{ left: 'right' }` where they have other names. Null matches nothing. */
  readonly on: On;
  /** `inner`: rows that match. `left`: all of the left. `semi`, `anti`: those of the left that match, or don't. */
  readonly how?: H;
  /** Columns of the right table: a list, or `{ column: 'name here' }`. Default: all but those joined on. */
  readonly take?: T;
  /** A row that matches several gives a row for each (`all`), for the first of them, or ends the stage. */
  readonly several?: 'all' | 'first' | 'refuse';
  /** Rows that failed above are left out instead of refused. */
  readonly partial?: boolean;
}

type Names = string | readonly string[] | { readonly [from: string]: string };

const renames = (names: Names): Record<string, string> =>
  typeof names === 'string'
    ? { [names]: names }
    : Array.isArray(names)
      ? Object.fromEntries((names as readonly string[]).map((name) => [name, name]))
      : { ...(names as { readonly [from: string]: string }) };

function build<H extends Handle>(
  tables: { readonly rows: Handle; readonly right: Handle },
  { on, how = 'inner', take, several = 'all', partial = false }: JoinSettings<Names, How, Names>,
  options?: EngineOptions,
): H {
  const config: JoinConfig = {
    on: renames(on),
    how,
    take: take === undefined ? undefined : renames(take),
    several,
    partial,
  };
  if (Object.keys(config.on).length === 0)
    throw new Error('join was given no columns to join on: every row would match every other. Name at least one.');
  return stage({ kind: joinKind, inputs: tables, config, options });
}

/** The names of the right table's columns that a join is on. */
type Joined<On> = On extends readonly (infer N)[] ? N & string : On extends string ? On : On[keyof On] & string;

type Rest<R, On> = Omit<R, Joined<On>>;

/** The columns that come from the right table, under their names in the answer. */
type Taken<R extends Row, On, T> = T extends readonly (infer N)[]
  ? Pick<R, N & keyof R>
  : T extends string
    ? Pick<R, T & keyof R>
    : T extends { readonly [from: string]: string }
      ? { [F in keyof T as T[F]]: F extends keyof R ? R[F] : unknown }
      : Rest<R, On>;

type Maybe<R> = { [K in keyof R]: R[K] | null };

type Answer<L extends Row, T, H extends How> = H extends 'semi' | 'anti' ? L : H extends 'left' ? L & Maybe<T> : L & T;

/** A column of both that is not joined on would be two of one name. */
type Apart<L extends Row, T, H extends How> = H extends 'semi' | 'anti'
  ? unknown
  : [keyof L & keyof T & string] extends [never]
    ? unknown
    : `Both tables have a column "${keyof L & keyof T & string}": rename it with take: { … }, or join on it`;

/** Rows of two tables that belong together, in the order of the left one; matches in the order of the right one. */
export function join<
  L extends Row,
  LO extends boolean,
  R extends Row,
  RO extends boolean,
  const On extends
    | (Col<L, LO> & Col<R, RO>)
    | readonly (Col<L, LO> & Col<R, RO>)[]
    | { readonly [K in Col<L, LO>]?: Col<R, RO> },
  const H extends How = 'inner',
  const T extends readonly Col<R, RO>[] | { readonly [K in Col<R, RO>]?: string } | undefined = undefined,
>(
  left: Table<L, LO>,
  right: Table<R, RO> & Apart<L, Taken<R, On, T>, H>,
  config: JoinSettings<On, H, T>,
  options?: EngineOptions,
): Table<Answer<L, Taken<R, On, T>, H>, LO extends true ? true : RO> {
  return build({ rows: left, right }, config as unknown as JoinSettings<Names, How, Names>, options);
}

export const joinEntry: StageEntry = {
  name: 'join',
  describe: 'Rows of two tables that belong together.',
  own: { input: 'rows' },
  inputs: {
    rows: { is: 'table', describe: 'The left table: its order is kept.' },
    right: { is: 'table', describe: 'The right table.' },
  },
  config: {
    on: {
      is: 'either',
      required: true,
      describe: 'Columns of both tables, or left: right where they have other names.',
      of: [
        { is: 'column', describe: 'A column.' },
        { is: 'list', of: { is: 'column', describe: 'A column.' }, describe: 'Columns.' },
        { is: 'record', of: { is: 'text', describe: 'A column of the right table.' }, describe: 'left: right.' },
      ],
    },
    how: {
      is: 'text',
      oneOf: ['inner', 'left', 'semi', 'anti'],
      default: 'inner',
      describe: 'Rows that match, all of the left, those of the left that match, or that do not.',
    },
    take: {
      is: 'either',
      describe: 'Columns of the right table. Default: all but those joined on.',
      of: [
        { is: 'list', of: { is: 'text', describe: 'A column.' }, describe: 'Columns.' },
        { is: 'record', of: { is: 'text', describe: 'Its name in the answer.' }, describe: 'column: its name here.' },
      ],
    },
    several: {
      is: 'text',
      oneOf: ['all', 'first', 'refuse'],
      default: 'all',
      describe: 'What becomes of a row that matches several.',
    },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) =>
    build({ rows: inputs.rows as Handle, right: inputs.right as Handle }, config as never, options),
};
