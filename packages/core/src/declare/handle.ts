import type { EngineOptions } from '../settings/engine.js';
import type { Kind } from './kind.js';

/** Where a handle keeps what it stands for. */
export const HANDLE: unique symbol = Symbol.for('millrace.handle');

/** One output of a stage. */
export interface Ref {
  readonly stage: Stage;
  readonly part: string;
}

export interface Handle {
  readonly [HANDLE]: Ref;
}

export interface StageInput {
  readonly role: string;
  readonly ref: Ref;
}

/** A declared computation. Frozen data: declaring runs nothing, hashes nothing. */
export interface Stage {
  // biome-ignore lint/suspicious/noExplicitAny: each kind knows its own config and options.
  readonly kind: Kind<any, any>;
  readonly config: unknown;
  readonly options: EngineOptions & Readonly<Record<string, unknown>>;
  readonly inputs: readonly StageInput[];
  /** Its place within a stage made of several. For people, in no key. */
  readonly within: Within | undefined;
  /** The file that declared it, for reading the code of its functions. */
  readonly site: string | undefined;
}

/** Names that a person can tell apart where one declaration makes several stages: `scores.em`. */
export interface Within {
  /** The same object for all of them. */
  readonly family: object;
  readonly as: string;
  /** Also where it is an output of its own: the output's name stands for the whole family. */
  readonly always?: true;
}

export const refOf = (handle: Handle): Ref => {
  const ref = (handle as Partial<Handle> | undefined)?.[HANDLE];
  if (ref) return ref;
  throw new Error(
    `An input of a stage is ${describe(handle)}, not a stage's output: nothing can be read from it. Give what source(), map(), generate() … returned.`,
  );
};

const describe = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;

/** The names of its outputs, the main one first. */
export const partsOf = ({ kind: { work }, config }: Stage): string[] =>
  work.is === 'rows' ? ['main'] : Object.keys(work.parts(config));
