import type { KeyPart } from '../random/key.js';
import { placeOf, ranked } from './place.js';

export type SampleSpec =
  | { readonly seed: KeyPart; readonly fraction: number }
  | { readonly seed: KeyPart; readonly count: number };

/**
 * The rows of a sample, in row order. `fraction` takes each row that stands below it: a larger fraction contains the
 * smaller one, and no row's fate depends on another. `count` takes the rows that stand lowest: exactly as many, and a
 * new row pushes out one at most.
 */
export function sample(keys: readonly string[], spec: SampleSpec): number[] {
  if ('count' in spec) return inRowOrder(ranked(spec.seed, keys).slice(0, spec.count));
  return keys.flatMap((key, row) => (placeOf(spec.seed, key) < spec.fraction ? [row] : []));
}

const inRowOrder = (rows: number[]): number[] => rows.sort((a, b) => a - b);

export interface SplitSpec {
  readonly seed: KeyPart;
  /** part → weight, e.g. `{ train: 8, test: 2 }` */
  readonly parts: Readonly<Record<string, number>>;
  /** `by-row`: the row alone decides, sizes are near the weights. `exact`: sizes are exact, a new row may move others. */
  readonly sizes: 'by-row' | 'exact';
}

/** Each row in one part; rows in row order. The order in which the parts were written doesn't count. */
export function split(keys: readonly string[], spec: SplitSpec): Record<string, number[]> {
  const parts = boundaries(spec.parts);
  const out: Record<string, number[]> = Object.fromEntries(parts.map((part) => [part.name, []]));
  if (spec.sizes === 'exact') return exactSplit(ranked(spec.seed, keys), parts);
  keys.forEach((key, row) => {
    out[partAt(parts, placeOf(spec.seed, key)).name]!.push(row);
  });
  return out;
}

interface Part {
  readonly name: string;
  readonly share: number;
  readonly end: number;
}

function boundaries(weights: Readonly<Record<string, number>>): Part[] {
  const names = Object.keys(weights).sort();
  const total = names.reduce((sum, name) => sum + weights[name]!, 0);
  let end = 0;
  return names.map((name) => {
    end += weights[name]!;
    return { name, share: weights[name]! / total, end: end / total };
  });
}

const partAt = (parts: readonly Part[], place: number): Part => parts.find((part) => place < part.end) ?? parts.at(-1)!;

function exactSplit(order: readonly number[], parts: readonly Part[]): Record<string, number[]> {
  const sizes = apportion(order.length, parts);
  let at = 0;
  return Object.fromEntries(
    parts.map((part, i) => {
      const rows = order.slice(at, at + sizes[i]!);
      at += sizes[i]!;
      return [part.name, inRowOrder(rows)];
    }),
  );
}

/** Largest remainders: whole sizes that add up; a tie goes to the first name. */
function apportion(rows: number, parts: readonly Part[]): number[] {
  const sizes = parts.map((part) => Math.floor(part.share * rows));
  const byRemainder = parts
    .map((part, i) => ({ i, left: part.share * rows - sizes[i]! }))
    .sort((a, b) => b.left - a.left || a.i - b.i);
  const missing = rows - sizes.reduce((sum, size) => sum + size, 0);
  for (const { i } of byRemainder.slice(0, missing)) sizes[i]! += 1;
  return sizes;
}
