import { type Metric, type MissingSetting, metric, totals } from './metric.js';
import { asEmpty, type Bag, ngrams, onTexts, words } from './texts.js';

export interface BleuConfig {
  /** `13a`: as WMT's mteval-v13a; `words`: at spaces only; `characters`: for scripts without spaces */
  readonly tokenize: '13a' | 'words' | 'characters';
  readonly lowercase: boolean;
  /** for orders of n-grams without a match: `exp` halves 1/total each time, `floor` counts 0.1, `add-k` adds 1 to orders above 1 */
  readonly smoothing: 'exp' | 'floor' | 'add-k' | 'none';
}

const ORDERS = [1, 2, 3, 4] as const;
const FLOOR = 0.1;
const ADDED = 1;

/** BLEU of the whole corpus on a scale of 0 to 100, with the formula and defaults of sacreBLEU. */
export function bleu({
  missing,
  ...options
}: Partial<BleuConfig> & MissingSetting = {}): Metric<Readonly<Record<string, number>>> {
  const config: BleuConfig = { tokenize: '13a', lowercase: false, smoothing: 'exp', ...options };
  const tokens = (text: string) => TOKENIZERS[config.tokenize](config.lowercase ? text.toLowerCase() : text);
  const perRow = onTexts((prediction, references) => counts(tokens(prediction), references.map(tokens)));
  return metric(
    {
      name: 'bleu',
      range: [0, 100],
      identity: { version: 2, config: { ...config } },
      perRow,
      missing: asEmpty(perRow),
      fold: (statistics) => score(totals(statistics), config.smoothing),
    },
    { missing },
  );
}

/** `length` and `wanted` length, and for each order the n-grams `found` in a reference of `all` that there are. */
function counts(tokens: readonly string[], references: readonly (readonly string[])[]): Record<string, number> {
  const out: Record<string, number> = { length: tokens.length, wanted: nearestLength(tokens.length, references) };
  for (const n of ORDERS) {
    const bags = references.map((reference) => ngrams(reference, n));
    out[`found${n}`] = clipped(ngrams(tokens, n), bags);
    out[`all${n}`] = Math.max(0, tokens.length - n + 1);
  }
  return out;
}

/** The shorter of two references that are equally near. */
const nearestLength = (length: number, references: readonly (readonly string[])[]): number =>
  references
    .map((reference) => reference.length)
    .reduce((best, other) => {
      const closer = Math.abs(other - length) - Math.abs(best - length);
      return closer < 0 || (closer === 0 && other < best) ? other : best;
    });

/** Each n-gram counts as often as in the reference that has it most. */
function clipped(bag: Bag, references: readonly Bag[]): number {
  let sum = 0;
  for (const [key, count] of bag) {
    const most = references.reduce((max, reference) => Math.max(max, reference.get(key) ?? 0), 0);
    sum += Math.min(count, most);
  }
  return sum;
}

function score(sums: Readonly<Record<string, number>>, smoothing: BleuConfig['smoothing']): number {
  if (ORDERS.every((n) => sums[`found${n}`] === 0)) return 0;
  let logs = 0;
  let halvings = 1;
  for (const n of ORDERS) {
    const added = smoothing === 'add-k' && n > 1 ? ADDED : 0;
    const [found, all] = [sums[`found${n}`]! + added, sums[`all${n}`]! + added];
    if (found === 0 && smoothing === 'exp') halvings *= 2;
    const precision = found > 0 ? found / all : smoothed(smoothing, halvings) / all;
    if (all === 0 || precision === 0) return 0;
    logs += Math.log(precision * 100);
  }
  return brevity(sums.length!, sums.wanted!) * Math.exp(logs / ORDERS.length);
}

const smoothed = (smoothing: BleuConfig['smoothing'], halvings: number): number =>
  smoothing === 'exp' ? 1 / halvings : smoothing === 'floor' ? FLOOR : 0;

const brevity = (length: number, wanted: number): number => (length < wanted ? Math.exp(1 - wanted / length) : 1);

const TOKENIZERS: Readonly<Record<BleuConfig['tokenize'], (text: string) => string[]>> = {
  '13a': tokens13a,
  words,
  characters: (text) => words([...text].join(' ')),
};

const ENTITIES = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
] as const;

/** Signs stand alone, except an apostrophe; full stops and commas except between digits; a hyphen behind a digit. */
function tokens13a(text: string): string[] {
  const joined = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  const plain = ENTITIES.reduce((all, [entity, sign]) => all.replaceAll(entity, sign), joined);
  return words(
    ` ${plain} `
      .replace(/[ -&(-+/:-@[-`{-~]/g, ' $& ')
      .replace(/([^0-9])([.,])/gu, '$1 $2 ')
      .replace(/([.,])([^0-9])/gu, ' $1 $2')
      .replace(/([0-9])(-)/g, '$1 $2 '),
  );
}
