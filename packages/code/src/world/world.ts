import { types } from 'node:util';
import type { Context, Log } from './context.js';
import { FunctionError, type PlaceOf } from './failure.js';
import type { Import, Package, Program as ProgramFunction } from './inside/loading.js';
import type { Batch, Thrown } from './inside/rows.js';
import { type LoopShape, loopText } from './loop.js';
import { madeContext } from './made.js';
import { type Require, realContext } from './real.js';

/** Code as text: what is hashed is what runs. */
export interface Program {
  readonly digest: string;
  /** A function text: takes what it imports, returns its functions by name, or a promise of them. */
  readonly text: string;
  /** What the parameters stand for, in their order: names of packages, or of built-in modules. */
  readonly imports: readonly (string | PartOf)[];
  /** Where the user's files have a place of the text, whose first line and column are 1. */
  readonly place?: PlaceOf;
}

/** Of a text that has several packages in it, one: they share what they load. */
export interface PartOf {
  readonly name: string;
  readonly part: number;
}

/** Packages by the names that programs import: each the text of a CommonJS module that has all of it. */
export type Packages = ReadonlyMap<string, string>;

// biome-ignore lint/complexity/noBannedTypes: whatever a program returns; the loop alone calls it.
export type Inner = Function;
export type Functions = Readonly<Record<string, Inner>>;

export interface RowBatch {
  readonly columns: readonly ArrayLike<unknown>[];
  readonly count: number;
  /** Number of its first row in the table; told with what rows print. */
  readonly first?: number;
  /** Where the random numbers of each row begin. */
  readonly seeds?: readonly string[];
  /** What `open` returned: reaches the function unchanged. */
  readonly handle?: unknown;
}

/** An answer for each row; a `FunctionError` stands in the place of one that failed. */
export type RowCall = (batch: RowBatch) => unknown[] | Promise<unknown[]>;

export type Call = (...given: unknown[]) => unknown;

export interface World {
  /** Evaluates a program once: its functions share its state. */
  readonly load: (program: Program, packages?: Packages) => Promise<Functions>;
  /** The loop around a function of a program, made inside. */
  readonly rows: (fn: Inner, shape: LoopShape) => RowCall;
  /** Calls a function from outside; the two data that it is given first are made in its realm. */
  readonly calling: (fn: Inner) => Call;
  /** No timer runs any more. */
  readonly close: () => void;
}

export interface WorldOptions {
  /** `made`: its own realm without clock, chance and place. `real`: all of Node, for functions that ask. */
  readonly kind: 'made' | 'real';
  readonly log?: Log;
  /** In the real world: loads what packages have not in them. */
  readonly require?: Require;
}

export const makeWorld = ({ kind, log = () => {}, require }: WorldOptions): World => {
  const context = kind === 'made' ? madeContext(log) : realContext(log, require);
  const places = new Map<string, PlaceOf>();
  const failure = (thrown: Thrown) => new FunctionError(thrown, places);
  return {
    load: (program, packages = new Map()) => {
      if (program.place) places.set(scriptName(program), program.place);
      return loaded(context, { program, packages, failure });
    },
    rows: (fn, shape) => {
      const loop = (context.run(loopText(shape), { name: 'millrace:loop' }) as MakeLoop)(context.tools)(fn);
      return (batch) => runBatch(loop, batch, failure);
    },
    calling: (fn) => calling(context, fn, failure),
    close: context.close,
  };
};

type Loop = (batch: Batch, done: () => void) => boolean;
type MakeLoop = (tools: Context['tools']) => (fn: Inner) => Loop;
type Failure = (thrown: Thrown) => FunctionError;

const scriptName = ({ digest }: Program) => `program:${digest}`;

const loaded = (
  context: Context,
  { program, packages, failure }: { program: Program; packages: Packages; failure: Failure },
): Promise<Functions> => {
  const around = { head: '(', tail: '\n)', foreign: 'The function' };
  const evaluate = context.run(program.text, { name: scriptName(program), ...around });
  const imports = program.imports.map((asked): Import => {
    const of = typeof asked === 'string' ? { name: asked } : asked;
    const text = packages.get(of.name);
    return text === undefined ? of : { ...of, package: packageIn(context, of.name, text) };
  });
  return new Promise((resolve, reject) => {
    context.tools.load(evaluate as ProgramFunction, imports, (ended) =>
      'value' in ended ? resolve(ended.value as Functions) : reject(failure(ended.thrown)),
    );
  });
};

const packageIn = (context: Context, name: string, text: string): Package => {
  const head = '(function (exports, require, module) {';
  const around = { head, tail: '\n})', foreign: `The package ${name}` };
  return context.run(text, { name: `package:${name}`, ...around }) as Package;
};

const runBatch = (loop: Loop, batch: RowBatch, failure: Failure): unknown[] | Promise<unknown[]> => {
  const { columns, count, first = 0, seeds, handle } = batch;
  const answers = new Array<unknown>(count);
  const failed = (at: number, thrown: Thrown) => {
    answers[at] = failure(thrown);
  };
  let done = () => {};
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  const isDone = loop({ columns, count, first, seeds, handle, answers, failed }, done);
  return isDone ? answers : ended.then(() => answers);
};

/** A promise that fails is of the inner realm, and so is its error. */
const calling = ({ tools }: Context, fn: Inner, failure: Failure): Call => {
  const call = tools.caller(fn as Call);
  const failed = (error: unknown): never => {
    throw failure(tools.thrown(error));
  };
  return (...given) => {
    let answer: unknown;
    try {
      answer = call(...given);
    } catch (error) {
      return failed(error);
    }
    return typeof answer === 'object' && types.isPromise(answer) ? answer.then(undefined, failed) : answer;
  };
};
