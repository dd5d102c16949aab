import type { AnyTable } from '@millrace/core';
import { extractionField, extractionFrom } from '../extract/entry.js';
import { generateSettings } from '../generate/fields.js';
import type { StageEntry } from '../registry/entry.js';
import type { Field, Fields } from '../registry/fields.js';
import { bleu } from './bleu.js';
import { chrf } from './chrf.js';
import { type JudgeConfig, judge, similarity } from './composed.js';
import { evaluateSettings } from './fields.js';
import { jsonValid } from './json-valid.js';
import { f1, macroF1, precision, recall } from './labels.js';
import { accuracy, exactMatch, normalisedMatch, numericTolerance, regexMatch } from './matches.js';
import type { Metric } from './metric.js';
import { editDistance, rouge1, rouge2, rougeL, tokenF1 } from './overlaps.js';
import { passAtK } from './pass-at-k.js';
import { type EvaluateConfig, evaluateStages, type MetricLike, metricOf } from './stage.js';

type Make = (settings: Record<string, unknown>) => MetricLike;

/** How a file names a metric: `em: exactMatch`, `bleu: { bleu: { … } }`, `pass: { passAtK: { k: 5, correct: exactMatch } }`. */
const makers: Readonly<Record<string, Make>> = {
  exactMatch,
  accuracy,
  normalisedMatch,
  tokenF1,
  bleu,
  chrf,
  rouge1,
  rouge2,
  rougeL,
  macroF1,
  precision,
  recall,
  f1,
  jsonValid,
  editDistance,
  numericTolerance,
  regexMatch: ({ pattern, ...settings }) => regexMatch(String(pattern), settings),
  passAtK: ({ k, correct }) => passAtK({ k: Number(k), correct: metricOfRow(correct) }),
  similarity: (settings) => similarity(settings as unknown as Parameters<typeof similarity>[0]),
  judge: ({ extract, ...settings }) =>
    judge({
      ...(settings as unknown as JudgeConfig),
      ...(extract !== undefined && { extract: extractionFrom(extract) as NonNullable<JudgeConfig['extract']> }),
    }),
} as Readonly<Record<string, Make>>;

/** pass@k looks at each sample by itself: what first needs other stages cannot say whether it is right. */
function metricOfRow(given: unknown): Metric<number> {
  const like = metricFrom('correct', given);
  if (typeof like === 'function' || !('composed' in like)) return metricOf('correct', like) as Metric<number>;
  throw new Error(
    `The metric correct of passAtK is ${JSON.stringify(given)}, which asks a model. Name one that looks at the row, such as exactMatch, or ./file.ts#function.`,
  );
}

function metricFrom(name: string, given: unknown): MetricLike {
  if (typeof given === 'function') return given as MetricLike;
  if (typeof given === 'string' && Object.hasOwn(makers, given)) return (makers[given] as Make)({});
  const named = Object.entries((given ?? {}) as Record<string, unknown>)[0];
  if (named && Object.hasOwn(makers, named[0]))
    return (makers[named[0]] as Make)((named[1] ?? {}) as Record<string, unknown>);
  throw new Error(
    `The metric ${name} is ${JSON.stringify(given)}, which names no metric. Write one of ${Object.keys(makers).join(', ')}, or ./file.ts#function.`,
  );
}

const metricField = (settings: Field): Field => ({
  is: 'either',
  describe: `One of ${Object.keys(makers).join(', ')}, with settings, or a function of the row.`,
  of: [
    { is: 'function', describe: 'A function of the row.' },
    { is: 'text', oneOf: Object.keys(makers), describe: 'A metric without settings.' },
    settings,
  ],
});

const { into: _into, schema: _schema, samples: _samples, across: _across, ...asked } = generateSettings.config;

const missing: Field = { is: 'any', describe: 'What a row without a prediction counts as, or skip.' };

/** Those whose settings may be functions or models. */
const SETTINGS: Fields = {
  passAtK: {
    is: 'object',
    describe: 'Whether one of k samples is right.',
    fields: {
      k: { is: 'int', min: 1, required: true, describe: 'Of how many samples one must be right.' },
      correct: {
        ...metricField({ is: 'any', describe: 'A metric with settings.' }),
        required: true,
        describe: 'The metric that says of one sample whether it is right.',
      },
    },
  },
  similarity: {
    is: 'object',
    describe: 'The cosine of the vectors of prediction and reference.',
    fields: { model: { is: 'model', required: true, describe: 'Which model embeds.' }, missing },
  },
  judge: {
    is: 'object',
    describe: 'A model as the judge.',
    fields: {
      ...asked,
      model: { is: 'model', required: true, describe: 'Which model judges.' },
      prompt: { ...(asked['prompt'] as Field), required: true, describe: 'What it is asked of a row.' },
      extract: { ...extractionField, describe: 'How the score is taken out of the answer. Default: its first number.' },
      better: { is: 'text', oneOf: ['higher', 'lower'], describe: 'Which scores are the good ones.' },
      missing,
    },
  },
};

export const evaluateEntry: StageEntry = {
  ...evaluateSettings,
  describe: 'Scores rows by named metrics, with a summary and confidence intervals.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    ...evaluateSettings.config,
    metrics: {
      is: 'record',
      required: true,
      describe: 'Metrics by name; each adds a column.',
      of: metricField({
        is: 'object',
        describe: 'A metric with settings, such as { bleu: { smoothing: floor } }.',
        fields: Object.fromEntries(
          Object.keys(makers).map((name) => [name, SETTINGS[name] ?? { is: 'any', describe: 'Its settings.' }]),
        ),
      }),
    },
  },
  build: ({ inputs, config, options }) => {
    const metrics = Object.fromEntries(
      Object.entries(config.metrics as object).map(([name, given]) => [name, metricFrom(name, given)]),
    );
    return evaluateStages(inputs.rows as AnyTable, { ...(config as unknown as EvaluateConfig), metrics }, options);
  },
};
