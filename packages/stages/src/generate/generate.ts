import type { EngineOptions, New, Ok, Row, Table } from '@millrace/core';
import type { ModelLike } from '../models/stage-model.js';
import { checkSettings } from '../registry/check-settings.js';
import { type Across, type AxisValue, generateAcross } from './across.js';
import type { AnswerOf } from './answer-type.js';
import { generateSettings } from './fields.js';
import type { SchemaConfig } from './output.js';
import type { PromptConfig } from './request.js';
import { type GenerateInputs, type GenerateSettings, generateStage, type TypedPrompt } from './stage.js';

export interface GenerateAsked<R extends Row, O extends boolean, P, I extends string, S extends SchemaConfig>
  extends GenerateSettings {
  /** The answer is an object of it. */
  readonly schema?: S;
  readonly model: ModelLike;
  readonly prompt: TypedPrompt<P, R, O>;
  /** The column of the answers. Default: `text`. */
  readonly into?: Ok<I, New<I, R>>;
}

/** What the axes of a fan-out give need not be given beside them. */
export interface AcrossAsked<
  R extends Row,
  O extends boolean,
  P,
  I extends string,
  X extends Across,
  S extends SchemaConfig,
> extends GenerateSettings {
  /** The answer is an object of it. */
  readonly schema?: S;
  readonly across: X;
  readonly model?: ModelLike;
  readonly prompt?: TypedPrompt<P, R, O>;
  readonly into?: Ok<I, New<I, R>>;
}

/** Asks a model for each row. The answer is a column; refusals, cut-off and empty answers are failed rows unless accepted. */
export function generate<
  R extends Row,
  O extends boolean,
  const P extends string | Exclude<PromptConfig, string>,
  const I extends string = 'text',
  const S extends SchemaConfig = never,
  A = AnswerOf<S>,
>(
  rows: Table<R, O>,
  config: GenerateAsked<R, O, P, I, S> & { readonly across?: never },
  options?: EngineOptions & GenerateInputs,
): Table<R & Record<I, A>, O>;
/** … for each combination of `across`: one memo each, and one long table with a column for each axis. */
export function generate<
  R extends Row,
  O extends boolean,
  const X extends Across,
  const P extends string | Exclude<PromptConfig, string> = string,
  const I extends string = 'text',
  const S extends SchemaConfig = never,
  A = AnswerOf<S>,
>(
  rows: Table<R, O>,
  config: AcrossAsked<R, O, P, I, X, S>,
  options?: EngineOptions & GenerateInputs,
): Table<R & Record<I, A> & { readonly [K in keyof X & string]: AxisValue<X[K]> }, O>;
export function generate(
  rows: Table,
  config: { readonly across?: Across },
  options?: EngineOptions & GenerateInputs,
): Table {
  const { across, ...rest } = config;
  checkSettings(generateSettings, config, options);
  return across ? generateAcross(rows, { ...rest, across }, options) : generateStage({ rows }, rest, options);
}
