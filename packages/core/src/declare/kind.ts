import type { Batch } from '../columns/column.js';
import type { Columns } from '../columns/type.js';
import type { AnyFunction, FunctionUse } from '../ports/code.js';
import type { Lock, ObjectId, Output } from '../ports/store.js';
import type { Plain } from './plain.js';
import type { Row } from './row.js';

/**
 * What a stage author writes. Config `C` changes the answer and is in the key; options `O` change only how it is got.
 * `pure`: the same bits again. `answered`: one answer a key, not reproducible. `sampling`: each draw its own key.
 */
export type Nature = 'pure' | 'answered' | 'sampling';

export interface Kind<C = unknown, O = object> {
  readonly name: string;
  /** Raised when the kind's own code gives other answers. */
  readonly version: number;
  readonly nature: Nature | ((config: C) => Nature);
  /** Checks, fills defaults. What it returns, less its functions, is in the key. Default: as given. */
  readonly config?: (given: unknown) => C;
  /** Shown beside the fingerprint: `gpt-4o-mini T=0 · answer`. */
  readonly label?: (config: C) => string;
  /** What a person calls a part of what lies outside, by the names that lead there: a file. */
  readonly worldName?: (config: C, path: readonly string[]) => string | undefined;
  /** The functions in the config, by name: their code is in the key. */
  readonly code?: (config: C) => Readonly<Record<string, FunctionUse>>;
  /** Functions in the config that are in no key, by name: what opens and closes handles. */
  readonly handles?: (config: C) => Readonly<Record<string, AnyFunction>>;
  /** The config with other functions in the places of its own. Default: each under its name in `code`. */
  readonly withCode?: (config: C, functions: Readonly<Record<string, AnyFunction>>) => C;
  /** The config less its functions, where dropping functions is not enough. */
  readonly semantic?: (config: C) => unknown;
  /** `semantic` as an earlier version had it, where that told less: outputs that it stored still count. */
  readonly formerly?: (config: C) => unknown;
  /** Looked at before anything is spent: keys set, files present, models reachable. Sentences, none when all is well. */
  readonly preflight?: (config: C, options: O, budget: MoneyBudget) => Promise<readonly string[]> | readonly string[];
  readonly work: RowsWork<C, O> | WholeWork<C, O>;
  /** Paths of the user's that `settled` fills with the output. */
  readonly places?: (options: O) => readonly string[];
  /** Once its outputs stand, ran or reused: keeps in step what lies outside of the store. What it returns is said of the stage. */
  readonly settled?: (outputs: Readonly<Record<string, Output>>, context: SettledContext<C, O>) => Promise<Facts>;
}

/** Whether a run may spend only so much: then what a call costs must be known before it is made. */
export interface MoneyBudget {
  readonly maxCost?: number | undefined;
}

/** For people, beside an output: splits, epochs, where it lies. */
export type Facts = Readonly<Record<string, unknown>>;

/** Small facts from earlier runs, by names that every kind shares. Losing one costs time only. */
export interface Recollection {
  readonly recall: (name: string) => unknown;
  readonly remember: (name: string, value: Plain) => void;
}

export interface SettledContext<C, O> extends Recollection {
  readonly config: C;
  readonly options: O;
  /** What the look at the world gave. */
  readonly world: Plain;
  /** Where relative paths start. */
  readonly base: string;
  readonly place: (object: ObjectId, to: string, how: 'link' | 'copy') => Promise<void>;
  readonly note: (text: string) => void;
}

/** For each row of the first input 1 row, or with `many` 0..n. */
export interface RowsWork<C = unknown, O = object> {
  readonly is: 'rows';
  readonly many?: boolean;
  /** With `many`: never more than one row for each. */
  readonly dropsOnly?: boolean;
  /** What calls depend on outside, as plain data: the content of a model's folder. Part of the recipe and of each row key. */
  readonly world?: (config: C, options: O, look: Look) => Promise<Plain> | Plain;
  /** role → column of the rows read; a call sees only these. With an open table, `columns` is undefined until it is known. */
  readonly reads: (config: C, columns?: Columns) => Readonly<Record<string, string>>;
  /** What a call answers, by names of the kind's own: this is remembered. */
  readonly answers: (config: C, columns?: Columns) => Columns;
  /** Output column → answer. Default: each answer under its own name. Renaming buys nothing again. */
  readonly adds?: (config: C) => Readonly<Record<string, string>>;
  /** What a call that ended well answers beside its columns. */
  readonly usual?: Row;
  /** Columns of the input that do not go on. */
  readonly drops?: (config: C) => readonly string[];
  /** What the call itself sees of the config, and the version of the call. Default: all of the config, the kind's version. */
  readonly call?: (config: C) => { readonly version: number; readonly config: unknown };
  /** A call, or the function that makes its request, gets lists of numbers as arrays. Its keys say so where it reads such lists. */
  readonly arrays?: (config: C) => boolean;
  /** The request as sent: then it, and not the values read, is the row key. Pure. */
  readonly request?: (row: Row, config: C) => unknown;
  /** The request of these rows as it goes out, for people, without headers. Default: `request` of each, or the values read. */
  readonly sends?: (rows: readonly Row[], config: C) => Promise<unknown> | unknown;
  /** As an earlier version knew these calls, where it told less: what it paid for still counts. */
  readonly former?: (config: C, columns?: Columns) => FormerCalls<C> | undefined;
  /** Each row is asked so many times, each draw its own key; gives so many rows. */
  readonly repeat?: (config: C) => number;
  /** Which remembered answers do not count, in words. Applied after the memory. */
  readonly refuse?: {
    readonly reads: readonly string[];
    readonly check: (answer: Row, config: C) => string | undefined;
  };
  /** Output columns computed from the answer after the memory: parsing, cost. */
  readonly derive?: {
    readonly reads: readonly string[];
    readonly columns: (config: C) => Columns;
    readonly run: (answer: Row, config: C) => Row;
    /** An answer from which these columns come, for a table from outside. It counts where `run` gives the same columns of it. */
    readonly back?: (columns: Row, config: C) => Row;
  };
  /** Handles that are in no key: connections, loaded models, sessions. */
  readonly open?: (config: C, options: O, context: OpenContext) => unknown;
  readonly close?: (handle: never) => Promise<void> | void;
  /** Rows given at once. 1 by default: one call a row. */
  readonly batch?: (config: C, options: O) => number;
  /** Of the rows given at once, so many go out in one request. Default: all of them. */
  readonly rowsOfRequest?: (config: C, options: O) => number;
  /** The kind says by `sent` which requests go out. Default: each try of `run` is as many as its rows take. */
  readonly countsRequests?: (config: C, options: O) => boolean;
  /** It obeys `timeoutMs` itself, for each row; the engine then sets no limit of its own for the call. */
  readonly limitsRows?: (config: C) => boolean;
  /** One answer a row, in order; with `many`, an array of answers a row. A row that fails is an `Error` in its place. */
  readonly run: (
    rows: readonly Row[],
    context: CallContext<C, O>,
  ) => Promise<readonly RowAnswer[]> | readonly RowAnswer[];
}

export interface FormerCalls<C = unknown> {
  readonly call?: { readonly version: number; readonly config: unknown };
  readonly reads?: Readonly<Record<string, string>>;
  readonly request?: (row: Row, config: C) => unknown;
}

export type RowAnswer = Row | readonly Row[] | Error;

export interface OpenContext extends Recollection {
  readonly signal: AbortSignal;
  /** Aborted: nothing new is to begin, and what takes long is not waited for. */
  readonly drain: AbortSignal;
  /** What the look at the world gave. */
  readonly world: Plain;
  readonly inputs: Inputs;
  /** Where relative paths start. */
  readonly base: string;
  readonly scratch: () => string;
  /** Whose calls these are: of a row-wise stage its rows' identity and redraw, which outlive an edit of the rows. */
  readonly identity: string;
  /** A folder of the kind's own, by name, that outlives process and fingerprint until it is dropped. */
  readonly keep: (name: string) => KeptFolder;
  /** One at a time among all who share the store, for things outside of it. */
  readonly lock: (name: string) => Promise<Lock>;
  /** Puts a stored object at a path, read-only. Throws where it is no longer there. */
  readonly place: (object: ObjectId, to: string, how: 'link' | 'copy') => Promise<void>;
  readonly note: (text: string) => void;
}

export interface KeptFolder {
  readonly path: string;
  drop(): void;
}

export interface CallContext<C, O> extends OpenContext {
  readonly config: C;
  readonly options: O;
  readonly handle: unknown;
  /** What goes on outside when this process ends: `plan` says it. Undefined: nothing. */
  readonly underway: (text: string | undefined) => void;
  /** Rows that have an answer are asked once more. */
  readonly again: boolean;
  /** For seeded draws: a text that depends on the row key, never on the order of calls. */
  readonly seeds: readonly string[];
  /** For a kind that retries by itself: whether the run may spend so many more calls. False also ends the stage as out of budget. */
  readonly mayRetry: (calls: number) => boolean;
  /** For a kind with `countsRequests`: so many requests go out now. */
  readonly sent: (calls: number) => void;
  /** Kept beside a row and no content: latency, tokens, cost. */
  readonly beside: (row: number, notes: Notes) => void;
}

export interface Notes {
  readonly tokens?: number;
  readonly money?: number;
  readonly [name: string]: unknown;
}

/** Everything in, every part out. Sources are whole stages with a look at the world. */
export interface WholeWork<C = unknown, O = object> {
  readonly is: 'whole';
  readonly parts: (config: C) => Readonly<Record<string, PartKind>>;
  /** What the world outside holds now, as plain data: content digests, revisions. Part of the recipe. */
  readonly world?: (config: C, options: O, look: Look) => Promise<Plain> | Plain;
  /** Columns read of each input table. Default: all. `columns` is undefined until they are known. */
  readonly reads?: (config: C, role: string, columns?: Columns) => readonly string[] | 'all';
  /** Columns that must be there, where all are read: those that the config names. */
  readonly names?: (config: C, role: string) => readonly string[];
  /** Declared columns of the table parts, where they are known before it runs. Throws where a column is of a wrong type. */
  readonly columns?: (
    config: C,
    inputs: Readonly<Record<string, Columns | undefined>>,
  ) => Readonly<Record<string, Columns | undefined>>;
  /** Failed rows of inputs are left out instead of refused. */
  readonly partial?: (config: C) => boolean;
  /**
   * Takes little time and touches nothing: `plan` runs it in memory, to count the calls below. `complete`: where all rows
   * of its inputs are known. `any`: rows that failed stay failed.
   */
  readonly foreseeable?: 'complete' | 'any';
  /** No part has more rows than all inputs together. */
  readonly addsNoRows?: boolean;
  /** Output rows come in no promised order: sorted before they are stored. */
  readonly unordered?: boolean;
  readonly run: (context: WholeContext<C, O>) => Promise<Readonly<Record<string, PartResult>>>;
}

export type PartKind = 'table' | 'folder' | 'value';

export interface Look extends Recollection {
  /** Digest of a file's content. Outside of the project it is refused, but for a program or a model that the user names: `anywhere`. */
  readonly file: (path: string, from?: 'anywhere') => Promise<{ readonly digest: string; readonly bytes: number }>;
  /** Throws where a path leads out of the project; for folders, before they are listed. */
  readonly inside: (path: string) => void;
  /** Where relative paths start. */
  readonly base: string;
}

export interface WholeContext<C, O> extends OpenContext {
  readonly config: C;
  readonly options: O;
  /** Only so many rows are wanted; a source may stop there. */
  readonly head: number | undefined;
  /** A work folder that survives a kill and belongs to the fingerprint. */
  readonly folder: (part: string) => string;
  /** Forced: what an earlier attempt left there does not count as done. */
  readonly again: boolean;
  readonly progress: (done: number, of?: number) => void;
  readonly spent: (cost: Partial<{ calls: number; tokens: number; money: number }>) => void;
  /** Kept with the output for people. */
  readonly facts: (said: Facts) => void;
}

export type PartResult =
  | {
      readonly rows: AsyncIterable<Batch | readonly Row[]> | Iterable<Batch | readonly Row[]>;
      readonly columns?: Columns;
      readonly splits?: readonly (readonly [string, number])[];
    }
  | {
      readonly select: Int32Array;
      readonly from: string;
      readonly add?: readonly Row[];
      readonly addColumns?: Columns;
      readonly drop?: readonly string[];
      readonly splits?: readonly (readonly [string, number])[];
    }
  /** Tables one under the other, by role; rows that failed stay failed. `add` has a row for each row of the whole. */
  | { readonly stack: readonly string[]; readonly add?: readonly Row[]; readonly addColumns?: Columns }
  | { readonly folder: string; readonly notContent?: readonly string[]; readonly essential?: readonly string[] }
  | { readonly value: unknown };

/** Other inputs of a stage, by role, as a stage's code gets them. */
export type Inputs = Readonly<Record<string, InputValue>>;

export type InputValue = TableInput | FolderInput | ValueInput;

export interface TableInput {
  readonly is: 'table';
  readonly rows: number;
  readonly columns: Columns;
  readonly failed: ReadonlySet<number>;
  readonly splits: readonly (readonly [string, number])[];
  batches(columns?: readonly string[], size?: number): AsyncIterable<Batch>;
  all(columns?: readonly string[]): Promise<Row[]>;
}

export interface FolderInput {
  readonly is: 'folder';
  /** Placed read-only when first asked for, as a copy of the stage's own, which is removed when the stage ends. */
  path(): Promise<string>;
  /** Puts the files at another path too, read-only. */
  place(at: string): Promise<string>;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly digest: string;
}

export interface ValueInput {
  readonly is: 'value';
  readonly value: unknown;
}
