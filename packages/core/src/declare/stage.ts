import type { Kind } from './kind.js';
import { checkStageOptions } from './options.js';
import { declarationSite } from './site.js';
import { HANDLE, type Handle, type Ref, refOf } from './table.js';

/** Options that the engine itself obeys. None is in a key. */
export interface EngineOptions {
  /** Calls at once within the stage. */
  readonly concurrency?: number;
  readonly retries?: number;
  readonly timeoutMs?: number;
  /** A limit shared by name with other stages. */
  readonly limit?: Limit;
  /** Stop the stage after so many failed rows: a number, or a share as `'5%'`. */
  readonly stopAfter?: number | `${number}%`;
  /** `stop`: the first failed row ends the stage. */
  readonly onRowFailure?: 'keep' | 'stop';
  /** `false`: nothing of this stage is remembered. */
  readonly remember?: boolean;
  readonly format?: 'auto' | 'arrow' | 'parquet' | 'jsonl';
  /** Worker threads for a CPU-bound function. */
  readonly threads?: number;
}

export interface Limit {
  readonly name: string;
  readonly atOnce?: number;
  readonly callsPerMinute?: number;
  readonly tokensPerMinute?: number;
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

export interface Declaration<C, O> {
  readonly kind: Kind<C, O>;
  readonly inputs?: Readonly<Record<string, Handle>>;
  readonly config?: unknown;
  readonly options?: (O & EngineOptions) | undefined;
  readonly within?: Within;
}

/** Names that a person can tell apart where one declaration makes several stages: `scores.em`. */
export interface Within {
  /** The same object for all of them. */
  readonly family: object;
  readonly as: string;
  /** Also where it is an output of its own: the output's name stands for the whole family. */
  readonly always?: true;
}

/** Declares a stage and gives the handle of its main part, with the other parts as properties. */
export function stage<H extends Handle, C = unknown, O = object>(declared: Declaration<C, O>): H {
  const { kind } = declared;
  checkStageOptions(kind.name, declared.options ?? {});
  const config = kind.config ? kind.config(declared.config ?? {}) : (declared.config ?? {});
  const made: Stage = Object.freeze({
    kind,
    config,
    options: Object.freeze({ ...declared.options }) as Stage['options'],
    inputs: Object.freeze(
      Object.entries(declared.inputs ?? {}).map(([role, handle]) => ({ role, ref: refOf(handle) })),
    ),
    within: declared.within,
    site: kind.code ? declarationSite() : undefined,
  });
  const parts = kind.work.is === 'rows' ? ['main'] : Object.keys(kind.work.parts(config as C));
  const [main = 'main', ...others] = parts;
  return Object.freeze({
    ...handle(made, main),
    ...Object.fromEntries(others.map((part) => [part, Object.freeze(handle(made, part))])),
  }) as unknown as H;
}

const handle = (stage: Stage, part: string): Handle => ({ [HANDLE]: Object.freeze({ stage, part }) });
