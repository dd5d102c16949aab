import { distance } from 'fastest-levenshtein';
import { type Metric, type MissingSetting, meanMetric, SHARE } from './metric.js';
import { asEmpty, fMeasure, ngrams, normalised, onTexts, shared, size, words } from './texts.js';

const best = (scores: readonly number[]): number => scores.reduce((a, b) => Math.max(a, b), 0);

/** F1 over the words both have, after SQuAD's normalisation; the best of several references. */
export const tokenF1 = (setting?: MissingSetting): Metric<number> =>
  meanMetric(
    {
      name: 'token_f1',
      identity: { version: 2, config: {} },
      perRow: onTexts((prediction, references) => best(references.map((reference) => wordF1(prediction, reference)))),
    },
    setting,
  );

function wordF1(prediction: string, reference: string): number {
  const [got, wanted] = [words(normalised(prediction)), words(normalised(reference))];
  if (got.length === 0 || wanted.length === 0) return Number(got.length === wanted.length);
  return fMeasure(shared(ngrams(got, 1), ngrams(wanted, 1)), got.length, wanted.length);
}

/** `ascii`: the letters a–z and digits, as the reference implementation has it; `unicode`: letters and digits of any script. */
export type RougeWords = 'ascii' | 'unicode';

const ROUGE_WORDS: Readonly<Record<RougeWords, RegExp>> = { ascii: /[a-z0-9]+/g, unicode: /[\p{L}\p{M}\p{N}]+/gu };

type Overlap = (got: readonly string[], wanted: readonly string[]) => number;

function rouge(
  name: string,
  overlap: Overlap,
  { words: kind = 'ascii', ...setting }: RougeConfig = {},
): Metric<number> {
  const split = (text: string) => text.toLowerCase().match(ROUGE_WORDS[kind]) ?? [];
  const score = (prediction: string, references: readonly string[]) =>
    best(references.map((reference) => overlap(split(prediction), split(reference))));
  return meanMetric({ name, identity: { version: 1, config: { words: kind } }, perRow: onTexts(score) }, setting);
}

const ngramF1 =
  (n: number): Overlap =>
  (got, wanted) => {
    const [a, b] = [ngrams(got, n), ngrams(wanted, n)];
    return fMeasure(shared(a, b), size(a), size(b));
  };

/** The F-measure of the longest common subsequence, of the text as one sequence. */
const subsequenceF1: Overlap = (got, wanted) => fMeasure(longestCommon(got, wanted), got.length, wanted.length);

export interface RougeConfig extends MissingSetting {
  readonly words?: RougeWords;
}

export const rouge1 = (config?: RougeConfig) => rouge('rouge_1', ngramF1(1), config);
export const rouge2 = (config?: RougeConfig) => rouge('rouge_2', ngramF1(2), config);
export const rougeL = (config?: RougeConfig) => rouge('rouge_l', subsequenceF1, config);

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let above = new Uint32Array(b.length + 1);
  for (const item of a) {
    const row = new Uint32Array(b.length + 1);
    for (let j = 0; j < b.length; j++) row[j + 1] = item === b[j] ? above[j]! + 1 : Math.max(above[j + 1]!, row[j]!);
    above = row;
  }
  return above[b.length]!;
}

/** The distance is one of code units: a character of two units, as an emoji, is numbered with one. */
function oneUnitEach(...texts: readonly [string, string]): readonly [string, string] {
  if (!texts.some((text) => /[\ud800-\udbff]/.test(text))) return texts;
  const numbers = new Map<string, number>();
  const unit = (character: string) => {
    const number = numbers.get(character) ?? numbers.size;
    numbers.set(character, number);
    return String.fromCharCode(number);
  };
  const [got, wanted] = texts.map((text) => [...text].map(unit).join(''));
  return [got!, wanted!];
}

/**
 * The least number of insertions, deletions and substitutions of characters, to the nearest reference; `of: 'length'`
 * divides it by the length of the longer text. Less is better.
 */
export function editDistance({
  of = 'edits',
  ...setting
}: { readonly of?: 'edits' | 'length' } & MissingSetting = {}): Metric<number> {
  const score = (prediction: string, reference: string) => {
    const [got, wanted] = oneUnitEach(prediction, reference);
    const edits = distance(got, wanted);
    return of === 'edits' || edits === 0 ? edits : edits / Math.max(got.length, wanted.length);
  };
  const perRow = onTexts((prediction, references) =>
    references.map((reference) => score(prediction, reference)).reduce((a, b) => Math.min(a, b)),
  );
  const missing = asEmpty(perRow);
  return meanMetric(
    {
      name: 'edit_distance',
      range: of === 'length' ? SHARE : undefined,
      identity: { version: 2, config: { of } },
      better: 'lower',
      perRow,
      // Where the reference is empty too, it would have no edits, as a right one.
      missing: (values) => {
        const edits = missing(values);
        return edits === null ? null : Math.max(1, edits);
      },
    },
    setting,
  );
}
