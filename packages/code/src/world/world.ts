import { url } from 'node:inspector';
import { types } from 'node:util';
import type { Context, Log } from './context.js';
import { FunctionError, type PlaceOf } from './failure.js';
import type { AnyFunction, Thrown } from './inside/calls.js';
import type { Import, Package, Program as ProgramFunction } from './inside/loading.js';
import { madeContext } from './made.js';
import { MOMENT, type Moment } from './prelude.js';
import { realContext } from './real.js';

/** Code as text: what is hashed is what runs. */
export interface Program {
  readonly digest: string;
  /** A function text: takes what it imports, returns its functions by name, or a promise of them. */
  readonly text: string;
  /** What the parameters stand for, in their order. */
  readonly imports: readonly Imported[];
  /** Where the user's files have a place of the text, whose first line and column are 1. */
  readonly place?: PlaceOf;
  /** Tells debuggers the same. */
  readonly map?: () => string;
}

/** A package or a built-in module: a name among the packages, or an address. */
export type Imported = Omit<Import, 'package'>;

/** Packages by the names that programs import: each the text of a CommonJS module that has all of it. */
export type Packages = ReadonlyMap<string, string>;

// biome-ignore lint/complexity/noBannedTypes: whatever a program returns; `calling` alone calls it.
export type Inner = Function;
export type Functions = Readonly<Record<string, Inner>>;

export type Call = (...given: unknown[]) => unknown;

export interface World {
  /** Evaluates a program once: its functions share its state. */
  readonly load: (program: Program, packages?: Packages) => Promise<Functions>;
  /** Calls a function from outside; the two data that it is given first are made in its realm. */
  readonly calling: (fn: Inner) => Call;
  /** No timer runs any more. */
  readonly close: () => void;
}

export interface WorldOptions {
  /** `made`: its own realm without clock, chance and place. `real`: all of Node, for functions that ask. */
  readonly kind: 'made' | 'real';
  readonly log?: Log;
  /** What the clock and chance give in a made world. */
  readonly moment?: Moment;
}

export const makeWorld = ({ kind, log = () => {}, moment = MOMENT }: WorldOptions): World => {
  const context = kind === 'made' ? madeContext(log, moment) : realContext(log);
  const places = new Map<string, PlaceOf>();
  const failure = (thrown: Thrown) => new FunctionError(thrown, places);
  return {
    load: (program, packages = new Map()) => {
      if (program.place) places.set(scriptName(program), program.place);
      return loaded(context, { program, packages, failure });
    },
    calling: (fn) => calling(context, fn, failure),
    close: context.close,
  };
};

type Failure = (thrown: Thrown) => FunctionError;

const scriptName = ({ digest }: Program) => `program:${digest}`;

const loaded = (
  context: Context,
  { program, packages, failure }: { program: Program; packages: Packages; failure: Failure },
): Promise<Functions> => {
  const map = url() === undefined ? '' : (program.map?.() ?? '');
  const around = { head: '(', tail: `\n${map}\n)`, foreign: 'The function' };
  const evaluate = context.run(program.text, { name: scriptName(program), ...around });
  const imports = program.imports.map((asked): Import => {
    const text = packages.get(asked.name);
    return text === undefined ? asked : { ...asked, package: packageIn(context, asked.name, text) };
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

/** A promise that fails is of the inner realm, and so is its error. */
const calling = ({ tools }: Context, fn: Inner, failure: Failure): Call => {
  const failed = (thrown: Thrown): never => {
    throw failure(thrown);
  };
  const later = (answer: object) =>
    types.isPromise(answer)
      ? tools.waited(answer).then(undefined, (error: unknown) => failed(tools.thrown(error)))
      : answer;
  return tools.caller(fn as AnyFunction, { failed, later });
};
