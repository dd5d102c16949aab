import type { AnyTable, EngineOptions } from '@millrace/core';
import { embedStage } from '../embed/stage.js';
import type { Extraction } from '../extract/extractor.js';
import { number } from '../extract/number.js';
import { extractStage } from '../extract/stage.js';
import { generateSettings } from '../generate/fields.js';
import type { PromptConfig } from '../generate/request.js';
import { type GenerateSettings, generateStage } from '../generate/stage.js';
import type { ModelLike } from '../models/stage-model.js';
import { checkSettings } from '../registry/check-settings.js';
import { type Metric, type MissingSetting, meanMetric } from './metric.js';
import { semanticSimilarity } from './similarity.js';

/** A metric that first needs other stages: what they ask of models is remembered as any other call. */
export interface ComposedMetric {
  readonly composed: true;
  readonly metric: Metric;
  /** Stages before the score, and the columns that the metric then reads, by role. */
  readonly build: (
    rows: AnyTable,
    given: ComposedGiven,
  ) => { readonly rows: AnyTable; readonly columns: Readonly<Record<string, string>> };
}

export interface ComposedGiven {
  readonly name: string;
  readonly prediction: string;
  readonly reference: string | undefined;
  readonly options: EngineOptions | undefined;
  readonly family: object;
}

export interface JudgeConfig extends Omit<GenerateSettings, 'samples' | 'schema'> {
  readonly model: ModelLike;
  readonly prompt: PromptConfig;
  /** How the score is taken out of the answer, or a function of it. Default: its first number. */
  readonly extract?: Extraction | ((text: string) => number | null | undefined);
  /** The best and the worst score, for those who read them. */
  readonly better?: 'higher' | 'lower';
  /** What a row without a prediction counts as, or `skip`: it is left out. Default: 0; where less is better, left out. */
  readonly missing?: number | 'skip';
}

/** A model as the judge. Its answer stays beside the score. */
export function judge({ extract = number(), better = 'higher', missing, ...asked }: JudgeConfig): ComposedMetric {
  const wrong = missing ?? (better === 'lower' ? 'skip' : 0);
  checkSettings({ ...generateSettings, name: 'judge' }, asked);
  return {
    composed: true,
    metric: meanMetric({
      name: 'judge',
      range: undefined,
      better,
      needs: ['verdict'],
      identity: { version: 1, config: missing === undefined ? {} : { missing } },
      missing: () => (wrong === 'skip' ? null : wrong),
      perRow: ({ verdict }) => (typeof verdict === 'number' ? verdict : null),
    }),
    build: (rows, { name, options, family }) => {
      const answered = generateStage<AnyTable>(
        { rows, within: { family, as: `${name} answer` } },
        { ...asked, into: `${name}_answer` },
        options,
      );
      const read = extractStage<AnyTable>(
        { rows: answered, within: { family, as: `${name} verdict` } },
        {
          from: `${name}_answer`,
          with: extract,
          into: `${name}_verdict`,
          reason: `${name}_reason`,
          ...(typeof extract === 'function' && { type: 'float64' as const }),
        },
      );
      return { rows: read, columns: { verdict: `${name}_verdict` } };
    },
  };
}

/** Semantic similarity: the cosine of the vectors of prediction and reference, through embed. */
export function similarity({ model, ...setting }: { readonly model: ModelLike } & MissingSetting): ComposedMetric {
  return {
    composed: true,
    metric: semanticSimilarity(setting),
    build: (rows, { name, prediction, reference, options, family }) => {
      if (reference === undefined)
        throw new Error(
          `The metric ${name} compares with a reference, and evaluate has none. Say reference: the column of the right answers.`,
        );
      const [left, right] = [`${name}_prediction_vector`, `${name}_reference_vector`];
      const one = embedStage<AnyTable>(
        { rows, within: { family, as: `${name} prediction` } },
        { from: prediction, model, into: left },
        options,
      );
      return {
        rows: embedStage<AnyTable>(
          { rows: one, within: { family, as: `${name} reference` } },
          { from: reference, model, into: right },
          options,
        ),
        columns: { predictionVector: left, referenceVector: right },
      };
    },
  };
}
