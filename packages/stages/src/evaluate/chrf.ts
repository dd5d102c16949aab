import { type Metric, type MissingSetting, metric, totals } from './metric.js';
import { asEmpty, type Bag, ngrams, onTexts, shared, size, words } from './texts.js';

export interface ChrfConfig {
  /** 0 for chrF, 2 for chrF++ */
  readonly wordOrder: number;
  readonly lowercase: boolean;
}

type Counted = Record<string, number>;

const CHARACTER_ORDER = 6;
const BETA_SQUARED = 4;

/** chrF2 of the whole corpus on a scale of 0 to 100: n-grams of characters without spaces, as sacreBLEU counts them. */
export function chrf({ missing, ...options }: Partial<ChrfConfig> & MissingSetting = {}): Metric<Readonly<Counted>> {
  const config: ChrfConfig = { wordOrder: 0, lowercase: false, ...options };
  const orders = CHARACTER_ORDER + config.wordOrder;
  const bags = (text: string) => bagsOf(config.lowercase ? text.toLowerCase() : text, config.wordOrder);
  const perRow = onTexts((prediction, references) => {
    const all = references.map((reference) => counted(bags(prediction), bags(reference)));
    return all.reduce((best, other) => (score(other, orders) > score(best, orders) ? other : best));
  });
  return metric(
    {
      name: 'chrf',
      range: [0, 100],
      identity: { version: 2, config: { ...config } },
      perRow,
      missing: asEmpty(perRow),
      fold: (statistics) => score(totals(statistics), orders),
    },
    { missing },
  );
}

function bagsOf(text: string, wordOrder: number): Bag[] {
  const characters = [...words(text).join('')];
  const parts = wordOrder === 0 ? [] : words(text).flatMap(unpunctuated);
  return [
    ...Array.from({ length: CHARACTER_ORDER }, (_, n) => ngrams(characters, n + 1, '')),
    ...Array.from({ length: wordOrder }, (_, n) => ngrams(parts, n + 1)),
  ];
}

const PUNCTUATION = /^[!-/:-@[-`{-~]$/;

/** One sign at the end of a word, or else one at its start, stands alone. */
function unpunctuated(word: string): string[] {
  const signs = [...word];
  if (signs.length === 1) return [word];
  if (PUNCTUATION.test(signs.at(-1)!)) return [signs.slice(0, -1).join(''), signs.at(-1)!];
  return PUNCTUATION.test(signs[0]!) ? [signs[0]!, signs.slice(1).join('')] : [word];
}

/** For each order the n-grams of the prediction (none if the reference has none), of the reference, and of both. */
function counted(predicted: readonly Bag[], wanted: readonly Bag[]): Counted {
  const out: Counted = {};
  predicted.forEach((bag, i) => {
    out[`predicted${i + 1}`] = wanted[i]!.size === 0 ? 0 : size(bag);
    out[`wanted${i + 1}`] = size(wanted[i]!);
    out[`both${i + 1}`] = shared(bag, wanted[i]!);
  });
  return out;
}

/** F2 of the mean precision and the mean recall over the orders that both texts are long enough for. */
function score(sums: Counted, orders: number): number {
  let [precision, recall, counting] = [0, 0, 0];
  for (let n = 1; n <= orders; n++) {
    const [predicted, wanted, both] = [sums[`predicted${n}`]!, sums[`wanted${n}`]!, sums[`both${n}`]!];
    if (predicted === 0 || wanted === 0) continue;
    precision += both / predicted;
    recall += both / wanted;
    counting += 1;
  }
  if (precision + recall === 0) return 0;
  precision /= counting;
  recall /= counting;
  return (100 * (1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall);
}
