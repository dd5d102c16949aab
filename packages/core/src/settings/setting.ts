/** What a value of a setting may be, as plain data: checked, published as a JSON Schema, printed as help. */
export type Shape =
  | { readonly is: 'text'; readonly oneOf?: readonly string[] }
  | { readonly is: 'number' | 'int'; readonly min?: number; readonly above?: number; readonly max?: number }
  /** A text that is not empty. */
  | { readonly is: 'name' }
  | { readonly is: 'flag' }
  /** A number of rows, or a share of them: `5%`. */
  | { readonly is: 'share' }
  /** A column of the first input. */
  | { readonly is: 'column' }
  /** A column of the first input, or several in a list. */
  | { readonly is: 'columns' }
  /** The name of a column to be added. */
  | { readonly is: 'new column' }
  /** `./text.ts#clean` in a file, a function in TypeScript. */
  | { readonly is: 'function' }
  /** `openai/gpt-4o-mini` or an object with name, config and options. */
  | { readonly is: 'model' }
  | { readonly is: 'path' }
  /** `${env:NAME}` in a file. Options only. */
  | { readonly is: 'secret' }
  /** Any plain data. */
  | { readonly is: 'any' }
  | { readonly is: 'list'; readonly of: Setting }
  | { readonly is: 'record'; readonly of: Setting }
  | { readonly is: 'object'; readonly fields: Settings }
  /** The first that fits. */
  | { readonly is: 'either'; readonly of: readonly Setting[] };

/** One setting of a stage, a metric, an extractor, a model or a command. */
export type Setting = Shape & {
  readonly describe: string;
  /** It must be given. */
  readonly required?: true;
  /** What counts where it is not given. */
  readonly default?: unknown;
};

export type Settings = { readonly [name: string]: Setting };

declare const HOLDS: unique symbol;
declare const NEEDED: unique symbol;

/** Whether a setting must be given, has a default, or may be missing. */
export type Needed = 'required' | 'default' | 'optional';

/** A setting that says in its type what may be given. */
export type TypedSetting<V = unknown, N extends Needed = Needed> = Setting & {
  readonly [HOLDS]: V;
  readonly [NEEDED]: N;
};

export type Holds<S> = S extends { readonly [HOLDS]: infer V } ? V : never;
export type NeedOf<S> = S extends { readonly [NEEDED]: infer N } ? N : never;

/** A value of a type that needs nothing else to be known. */
export interface Plainly<T> {
  readonly plainly: T;
}
/** The name of a column that holds such values. */
export interface ColumnName<W extends ColumnValues = ColumnValues> {
  readonly column: W;
}
/** A column or several of them. */
export interface ColumnNames {
  readonly columns: true;
}
/** The name of a column that is added, with values of a type; `D` where none is given. It may have the name of the column that the setting `X` names. */
export interface NewColumnName<V = unknown, D extends string = string, X extends string = string> {
  readonly newColumn: V;
  readonly named: D;
  readonly insteadOf: X;
}

/** Settings under one name. */
export interface FieldsOf<S extends Settings = Settings> {
  readonly fields: S;
}

/** What a column must hold, and what to call it in a sentence. */
export interface ColumnValues {
  readonly values: unknown;
  readonly called: string;
}
