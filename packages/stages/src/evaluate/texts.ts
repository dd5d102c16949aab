import { canonicalJson, valueText } from '../prompt/value-text.js';

/** The text of a value as a prompt would show it; null where it has none. */
export function textOf(value: unknown): string | null {
  const made = Array.isArray(value) ? canonicalJson(value) : valueText(value);
  return made.kind === 'text' ? made.text : null;
}

/** A list of references means: any of them is right. */
function referencesOf(value: unknown): string[] | null {
  const texts = (Array.isArray(value) ? value : [value]).map(textOf);
  return texts.length > 0 && texts.every((text) => text !== null) ? texts : null;
}

/** Prediction and references as texts, given to the score; null if one of them has no text. */
export const onTexts =
  <S>(score: (prediction: string, references: readonly string[]) => S) =>
  ({ prediction, reference }: Readonly<Record<string, unknown>>): S | null => {
    const [text, references] = [textOf(prediction), referencesOf(reference)];
    return text === null || references === null ? null : score(text, references);
  };

/** A missing prediction has nothing of the reference, as an empty one. */
export const asEmpty =
  <S>(perRow: (values: Readonly<Record<string, unknown>>) => S | null) =>
  (values: Readonly<Record<string, unknown>>): S | null =>
    perRow({ ...values, prediction: '' });

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** As SQuAD compares answers: small letters, no ASCII punctuation, no English articles, single spaces. */
export const normalised = (text: string): string =>
  words(text.toLowerCase().replace(PUNCTUATION, '').replace(ARTICLES, ' ')).join(' ');

/** Spaces as Python has them: with U+001C to U+001F, and without U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are spaces.
const SPACES = /[\p{White_Space}\x1c-\x1f]+/u;

export const words = (text: string): string[] => text.split(SPACES).filter((word) => word !== '');

export type Bag = ReadonlyMap<string, number>;

/** How often each run of n neighbours occurs. */
export function ngrams(items: readonly string[], n: number, between = ' '): Bag {
  const bag = new Map<string, number>();
  for (let at = 0; at + n <= items.length; at++) {
    const key = n === 1 ? items[at]! : items.slice(at, at + n).join(between);
    bag.set(key, (bag.get(key) ?? 0) + 1);
  }
  return bag;
}

/** How many of the one are in the other, each as often as it occurs in both. */
export function shared(a: Bag, b: Bag): number {
  let sum = 0;
  for (const [key, count] of a) sum += Math.min(count, b.get(key) ?? 0);
  return sum;
}

export function size(bag: Bag): number {
  let sum = 0;
  for (const count of bag.values()) sum += count;
  return sum;
}

/** The harmonic mean of precision and recall; 0 where nothing is shared. */
export const fMeasure = (common: number, predicted: number, wanted: number): number => {
  if (common === 0) return 0;
  const [precision, recall] = [common / predicted, common / wanted];
  return (2 * precision * recall) / (precision + recall);
};
