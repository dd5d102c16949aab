import type { TextMessage } from './abilities.js';
import type { Dtype, Pooling } from './config.js';
import type { FailureKind } from './failure.js';

/** What a worker is started with: it holds one model for its whole life. */
export interface Setup {
  /** For messages. */
  readonly name: string;
  /** An absolute path with `/`, or else `hub`. */
  readonly folder?: string;
  readonly hub?: { readonly id: string; readonly revision: string };
  readonly cache: string;
  readonly offline: boolean;
  readonly dtype: Dtype;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly batchInvariant: boolean;
  readonly device?: string;
  readonly threads?: number;
}

export interface Embed {
  readonly kind: 'embed';
  readonly texts: readonly string[];
  readonly truncate: 'fail' | 'end';
}

export interface Generate {
  readonly kind: 'generate';
  readonly prompt?: string;
  readonly messages?: readonly TextMessage[];
  readonly maxTokens?: number;
  readonly stop: readonly string[];
  /** Without it the likeliest token is taken each time. */
  readonly draw?: { readonly seed: number; readonly temperature: number };
}

export type Job = Embed | Generate;

/** What a worker is told; `cancel` is about the job it is doing. */
export type Told = { readonly job: Job } | 'cancel';

/** Lets a job see that nobody waits for it any more. */
export interface Watch {
  cancelled: boolean;
}

export interface Embedded {
  readonly vectors: readonly Float32Array<ArrayBuffer>[];
  readonly input: number;
}

export interface Generated {
  readonly text: string;
  readonly finish: 'stop' | 'length';
  readonly input: number;
  readonly output: number;
}

export interface Failed {
  readonly failed: { readonly kind: FailureKind; readonly message: string; readonly perhapsOneRow?: true };
}

export type Outcome = { readonly value: Embedded | Generated } | Failed;
