import { type EngineOptions, type Handle, type Ok, type Row, stage, type Table } from '@millrace/core';
import type { Here, Names, TakenHere } from '../functions/columns.js';
import { checkSettings } from '../registry/check-settings.js';
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

const renames = (names: string | Names): Record<string, string> =>
  typeof names === 'string'
    ? { [names]: names }
    : Array.isArray(names)
      ? Object.fromEntries((names as readonly string[]).map((name) => [name, name]))
      : { ...(names as { readonly [from: string]: string }) };

function build<H extends Handle>(
  tables: { readonly rows: Handle; readonly right: Handle },
  { on, how = 'inner', take, several = 'all', partial = false }: JoinSettings<string | Names, How, Names>,
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
  if (take !== undefined && (how === 'semi' || how === 'anti'))
    throw new Error(
      `join was given take and how: '${how}': a ${how} join tells rows of the left table by whether they match, and takes nothing. Leave take out, or say how: 'inner'.`,
    );
  return stage({ kind: joinKind, inputs: tables, config, options });
}

/** What a join is on, if both tables have it; else sentences. */
type OnHere<On, L extends Row, R extends Row, LO extends boolean, RO extends boolean> = On extends string
  ? InBoth<On, L, R, LO, RO>
  : On extends readonly (infer N extends string)[]
    ? readonly InBoth<N, L, R, LO, RO>[]
    : {
        readonly [F in keyof On]: Here<F & string, L, LO> extends F
          ? Here<On[F] & string, R, RO>
          : `The left table has no column "${F & string}"`;
      };

type InBoth<N extends string, L extends Row, R extends Row, LO extends boolean, RO extends boolean> =
  N extends Here<N, L, LO>
    ? N extends Here<N, R, RO>
      ? N
      : `The right table has no column "${N}"`
    : `The left table has no column "${N}"`;

/** The names of the right table's columns that a join is on. */
type Joined<On> = On extends readonly (infer N)[] ? N & string : On extends string ? On : On[keyof On] & string;

/** The columns that come from the right table, under their names in the answer. */
type Taken<R extends Row, On, T> = [T] extends [never]
  ? Omit<R, Joined<On>>
  : T extends readonly (infer N)[]
    ? Pick<R, N & keyof R>
    : { [F in keyof T as T[F] & string]: F extends keyof R ? R[F] : unknown };

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
  const On extends string | Names,
  const H extends How = 'inner',
  const T extends Names = never,
>(
  left: Table<L, LO>,
  right: Table<R, RO> & ([Joined<On>] extends [keyof R] ? Apart<L, Taken<R, On, T>, H> : unknown),
  config: JoinSettings<Ok<On, OnHere<On, L, R, LO, RO>>, H, Ok<T, TakenHere<T, R, RO>>>,
  options?: EngineOptions,
): Table<NoInfer<Answer<L, Taken<R, On, T>, H>>, NoInfer<LO extends true ? true : RO>> {
  checkSettings(joinEntry, config, options);
  return build({ rows: left, right }, config as unknown as JoinSettings<string | Names, How, Names>, options);
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
