import { testInTime } from '../patterns/slow.js';
import { type Metric, type MissingSetting, meanMetric } from './metric.js';
import { normalised, onTexts, textOf } from './texts.js';

const equality = (name: string, setting: MissingSetting | undefined) =>
  meanMetric(
    {
      name,
      identity: { version: 2, config: {} },
      perRow: ({ prediction, reference }) => {
        const wanted = Array.isArray(reference) && !Array.isArray(prediction) ? reference : [reference];
        const [text, texts] = [textOf(prediction), wanted.map(textOf)];
        return text === null || texts.length === 0 || texts.includes(null) ? null : Number(texts.includes(text));
      },
    },
    setting,
  );

/** 1 where the texts are equal to the letter; of a list of references any will do. */
export const exactMatch = (setting?: MissingSetting): Metric<number> => equality('exact_match', setting);

/** The share of right labels. */
export const accuracy = (setting?: MissingSetting): Metric<number> => equality('accuracy', setting);

/** 1 where the texts are equal but for case, punctuation, articles and spacing (SQuAD). */
export const normalisedMatch = (setting?: MissingSetting): Metric<number> =>
  meanMetric(
    {
      name: 'normalised_match',
      identity: { version: 1, config: {} },
      perRow: onTexts((prediction, references) => Number(references.map(normalised).includes(normalised(prediction)))),
    },
    setting,
  );

/** 1 where the prediction matches the pattern, or with `whole` is nothing else. */
export function regexMatch(
  pattern: RegExp | string,
  { whole = false, ...setting }: { readonly whole?: boolean } & MissingSetting = {},
): Metric<number> {
  const { source, flags } = new RegExp(pattern);
  const config = { source, flags: flags.replace(/[gyd]/g, ''), whole };
  const tested = new RegExp(whole ? `^(?:${source})$` : source, config.flags);
  return meanMetric(
    {
      name: 'regex_match',
      identity: { version: 1, config },
      needs: ['prediction'],
      perRow: ({ prediction }) => {
        const text = textOf(prediction);
        return text === null ? null : Number(testInTime(tested, text));
      },
    },
    setting,
  );
}

/** 1 where |prediction − reference| ≤ max(absolute, relative · |reference|). A prediction that is no number is wrong. */
export function numericTolerance({
  absolute = 0,
  relative = 0,
  ...setting
}: { readonly absolute?: number; readonly relative?: number } & MissingSetting = {}): Metric<number> {
  return meanMetric(
    {
      name: 'numeric_tolerance',
      identity: { version: 1, config: { absolute, relative } },
      perRow: ({ prediction, reference }) => {
        const wanted = numberOf(reference);
        if (wanted === null) return null;
        const got = numberOf(prediction);
        const allowed = Math.max(absolute, relative * Math.abs(wanted));
        return Number(got !== null && Math.abs(got - wanted) <= allowed);
      },
    },
    setting,
  );
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : null;
}
