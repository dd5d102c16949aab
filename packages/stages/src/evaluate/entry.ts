import type { AnyTable } from '@millrace/core';
import { extractionFrom } from '../extract/entry.js';
import type { Extraction } from '../extract/extractor.js';
import type { StageEntry } from '../registry/entry.js';
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
import { type EvaluateConfig, evaluateStages, type MetricLike } from './stage.js';

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
  passAtK: ({ k, correct }) => passAtK({ k: Number(k), correct: metricFrom('correct', correct) as Metric<number> }),
  similarity: (settings) => similarity(settings as unknown as Parameters<typeof similarity>[0]),
  judge: ({ extract, ...settings }) =>
    judge({
      ...(settings as unknown as JudgeConfig),
      ...(extract !== undefined && { extract: extractionFrom(extract) as Extraction }),
    }),
} as Readonly<Record<string, Make>>;

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
      of: {
        is: 'either',
        describe: `One of ${Object.keys(makers).join(', ')}, with settings, or a function of the row.`,
        of: [
          { is: 'function', describe: 'A function of the row.' },
          { is: 'text', oneOf: Object.keys(makers), describe: 'A metric without settings.' },
          { is: 'any', describe: 'A metric with settings, such as { bleu: { order: 2 } }.' },
        ],
      },
    },
  },
  build: ({ inputs, config, options }) => {
    const metrics = Object.fromEntries(
      Object.entries(config.metrics as object).map(([name, given]) => [name, metricFrom(name, given)]),
    );
    return evaluateStages(inputs.rows as AnyTable, { ...(config as unknown as EvaluateConfig), metrics }, options);
  },
};
