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
      identity: { version: 2, config: {} },
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
  // With the flag `m`, `^` and `$` would be the ends of a line.
  const tested = new RegExp(whole ? `(?<![^])(?:${source})(?![^])` : source, config.flags);
  return meanMetric(
    {
      name: 'regex_match',
      identity: { version: whole ? 2 : 1, config },
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
  const near = (got: Numeric, wanted: Numeric) =>
    apart(got, wanted) <= Math.max(absolute, relative * Math.abs(Number(wanted)));
  return meanMetric(
    {
      name: 'numeric_tolerance',
      identity: { version: 2, config: { absolute, relative } },
      perRow: ({ prediction, reference }) => {
        const wanted = (Array.isArray(reference) ? reference : [reference]).map(numberOf);
        if (wanted.length === 0 || wanted.includes(null)) return null;
        const got = numberOf(prediction);
        return Number(got !== null && wanted.some((one) => near(got, one as Numeric)));
      },
    },
    setting,
  );
}

/** Whole numbers as bigints, so that neighbours beyond 2^53 differ. */
type Numeric = number | bigint;

const apart = (a: Numeric, b: Numeric): number =>
  typeof a === 'bigint' && typeof b === 'bigint' ? Math.abs(Number(a - b)) : Math.abs(Number(a) - Number(b));

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const WHOLE = /^[-+]?\d+$/;

function numberOf(value: unknown): Numeric | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : Number.isFinite(value) ? value : null;
  const text = typeof value === 'string' ? value.trim() : '';
  if (!NUMBER.test(text) || !Number.isFinite(Number(text))) return null;
  return WHOLE.test(text) ? BigInt(text.replace('+', '')) : numberOf(Number(text));
}
