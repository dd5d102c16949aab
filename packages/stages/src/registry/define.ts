import {
  type Added,
  type Asked,
  type CheckedAsked,
  type EngineOptions,
  type Handle,
  type Kind,
  type Parsed,
  parsedSettings,
  type Row,
  type Settings,
  stage,
  type Table,
} from '@millrace/core';
import { checkSettings } from './check-settings.js';
import type { InputField, StageEntry } from './entry.js';

/** A stage from its one declaration: a function for code, an entry for pipeline files, schema, help and docs. */
export function defineStage<
  const I extends Inputs,
  S extends Settings,
  F extends Output,
  C = Parsed<S>,
  X extends Settings = Record<never, never>,
>(declared: StageDeclaration<I, S, X, C, F>): StageFunction<I, S, X, F> {
  const {
    name,
    describe,
    inputs,
    own,
    config: settings,
    options: ownOptions,
    gives: _,
    parse,
    build,
    ...rest
  } = declared;
  const kind = { ...rest, name } as Kind<C, object>;
  const roles = Object.keys(inputs);

  const configOf = (given: object): C => {
    const config = parsedSettings(settings, given) as Parsed<S>;
    return parse ? parse(config) : (config as C);
  };
  const made = (handles: Handles, given: object, asked: object): Handle =>
    build
      ? build(handles as never, configOf(given), asked as never)
      : stage({ kind, inputs: handles, config: configOf(given), options: asked });

  const front = (...given: readonly unknown[]): Handle => {
    const handles = Object.fromEntries(roles.map((role, i) => [role, given[i] as Handle]));
    const [config, asked] = given.slice(roles.length);
    const checked = checkSettings(entry, config, asked);
    return made(handles, checked.config, checked.options);
  };
  const entry: StageEntry = {
    name,
    describe,
    own: own ?? { input: roles[0] as string },
    inputs,
    config: settings,
    options: ownOptions ?? {},
    build: ({ inputs: handles, config, options: asked }) => made(handles as Handles, config, asked),
  };
  return Object.assign(front, { entry }) as unknown as StageFunction<I, S, X, F>;
}

export interface StageDeclaration<I extends Inputs, S extends Settings, X extends Settings, C, F extends Output>
  extends Partial<Omit<Kind<C, Parsed<X>>, 'name' | 'config'>> {
  /** The key in a file: `sort: rows`. */
  readonly name: string;
  readonly describe: string;
  readonly inputs: I;
  /** What stands behind the key in a file. Default: the first input. */
  readonly own?: StageEntry['own'];
  /** Changes the answer: in the key. */
  readonly config: S;
  /** Changes only how it is got: in no key. The engine's own options need not be repeated. */
  readonly options?: X;
  readonly gives: Gives<F>;
  /** The config as the work gets it, from the settings with their defaults. It throws a sentence where they do not fit together. */
  readonly parse?: (config: Parsed<S>) => C;
  /** A stage that is made of others, instead of `work`. */
  readonly build?: (
    inputs: { readonly [role in keyof I]: Handle },
    config: C,
    options: EngineOptions & Asked<X>,
  ) => Handle;
}

type Inputs = { readonly [role: string]: InputField };
type Handles = { readonly [role: string]: Handle };

/** The function that a pipeline in code calls: the inputs in their order, the config, the options. */
export type StageFunction<I extends Inputs, S extends Settings, X extends Settings, F extends Output> = {
  readonly entry: StageEntry;
} & (keyof I extends 'rows' ? OverRows<S, X, F> : OverTwo<S, X, F>);

type OverRows<S extends Settings, X extends Settings, F extends Output> = <
  R extends Row,
  O extends boolean,
  const C extends Asked<S, R>,
>(
  rows: Table<R, O>,
  ...rest: Rest<S, CheckedAsked<S, C, R, O>, X>
) => OutputOf<F, { rows: R; open: O; asked: C; settings: S }>;
type OverTwo<S extends Settings, X extends Settings, F extends Output> = <
  R extends Row,
  O extends boolean,
  R2 extends Row,
  O2 extends boolean,
  const C extends Asked<S, R>,
>(
  rows: Table<R, O>,
  other: Table<R2, O2>,
  ...rest: Rest<S, CheckedAsked<S, C, R, O>, X>
) => OutputOf<F, { rows: R; open: O; asked: C; settings: S; other: R2 }>;

/** The config may be left out where no setting must be given. */
type Rest<S extends Settings, C, X extends Settings> =
  object extends Asked<S>
    ? [config?: C, options?: EngineOptions & Asked<X>]
    : [config: C, options?: EngineOptions & Asked<X>];

/** What a stage gives, as a type: told from the rows of its input and from what it was asked. */
export interface Output {
  readonly rows: unknown;
  readonly open: unknown;
  readonly asked: unknown;
  readonly settings: unknown;
  readonly other: unknown;
  readonly output: unknown;
}
type OutputOf<F extends Output, T> = (F & T)['output'];

export type TableOf<R, O> = R extends Row ? (O extends boolean ? Table<R, O> : never) : never;

/** The rows of the input. */
export interface SameRows extends Output {
  readonly output: TableOf<this['rows'], this['open']>;
}
/** … with the columns that settings name. */
export interface MoreColumns extends Output {
  readonly output: TableOf<this['rows'] & Added<this['settings'], this['asked']>, this['open']>;
}

declare const OUTPUT: unique symbol;
interface Gives<F extends Output> {
  readonly [OUTPUT]: F;
}
export const gives = <F extends Output>(): Gives<F> => ({}) as Gives<F>;
