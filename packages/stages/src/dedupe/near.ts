import { fromKey, type Random } from '../random/random.js';
import { jaccard, mix, type ShingleSet, type ShingleSpec, shinglesOf } from './shingles.js';

const { imul } = Math;

export interface NearSpec {
  /** the least Jaccard similarity of two texts that count as one, 0 … 1 */
  readonly threshold: number;
  readonly shingles: ShingleSpec;
  /** minimum hashes a text: more find pairs near the threshold more surely */
  readonly hashes: number;
  readonly seed: number;
}

export const NEAR_DEFAULTS = { threshold: 0.8, shingles: { by: 'words', size: 3 }, hashes: 128, seed: 0 } as const;

/**
 * For each row the row it repeats: its own number, or the most similar of the *kept* rows before it whose true Jaccard
 * similarity reaches the threshold (the first one, in a tie). MinHash with banding only proposes; every proposal is
 * verified, so nothing is dropped by chance. A pair can be missed, with the odds of `missOdds`; equal sets never are.
 */
export function nearOccurrences(texts: Iterable<string>, spec: NearSpec): number[] {
  const bands = bandsFor(spec);
  const salts = saltsOf(fromKey('minhash', spec.seed), spec.hashes);
  const buckets = Array.from({ length: bands.count }, () => new Map<number, number[]>());
  const kept = new Map<number, ShingleSet>();
  const firsts: number[] = [];
  for (const text of texts) {
    const set = shinglesOf(text, spec.shingles);
    const marks = bandMarks(signature(set, salts), bands);
    const first = mostSimilar(set, candidates(buckets, marks), { kept, threshold: spec.threshold });
    if (first === undefined) keep(firsts.length, set, { kept, buckets, marks });
    firsts.push(first ?? firsts.length);
  }
  return firsts;
}

interface Bands {
  readonly count: number;
  readonly rows: number;
}

/** The odds that two texts of this similarity share no band. */
export const missOdds = (similarity: number, bands: Bands): number => (1 - similarity ** bands.rows) ** bands.count;

/** The longest bands (fewest vain proposals) that still miss a pair right at the threshold at most once in a hundred. */
export function bandsFor({ threshold, hashes }: Pick<NearSpec, 'threshold' | 'hashes'>): Bands {
  let best: Bands = { rows: 1, count: hashes };
  for (let rows = 2; rows <= hashes; rows++) {
    const bands = { rows, count: Math.floor(hashes / rows) };
    if (missOdds(threshold, bands) <= 0.01) best = bands;
  }
  return best;
}

const saltsOf = (random: Random, count: number): Int32Array =>
  Int32Array.from({ length: count }, () => random.uint32());

function signature(set: ShingleSet, salts: Int32Array): Uint32Array {
  const least = new Uint32Array(salts.length).fill(0xffffffff);
  for (const shingle of set) {
    const folded = mix((shingle / 2 ** 32) | 0) ^ ((shingle % 2 ** 32) | 0);
    for (let i = 0; i < salts.length; i++) {
      const hashed = mix(folded ^ salts[i]!) >>> 0;
      if (hashed < least[i]!) least[i] = hashed;
    }
  }
  return least;
}

function bandMarks(least: Uint32Array, { count, rows }: Bands): number[] {
  const mark = (band: number) => {
    let hash = 0;
    for (let i = band * rows; i < (band + 1) * rows; i++) hash = mix(imul(hash, 31) ^ least[i]!);
    return hash;
  };
  return Array.from({ length: count }, (_, band) => mark(band));
}

type Buckets = readonly Map<number, number[]>[];

const candidates = (buckets: Buckets, marks: readonly number[]): Set<number> =>
  new Set(marks.flatMap((mark, band) => buckets[band]!.get(mark) ?? []));

interface Known {
  readonly kept: ReadonlyMap<number, ShingleSet>;
  readonly threshold: number;
}

function mostSimilar(set: ShingleSet, rows: Set<number>, { kept, threshold }: Known): number | undefined {
  let best: { row: number; similarity: number } | undefined;
  for (const row of [...rows].sort((a, b) => a - b)) {
    const similarity = jaccard(set, kept.get(row)!);
    if (similarity >= threshold && (!best || similarity > best.similarity)) best = { row, similarity };
  }
  return best?.row;
}

interface Memory {
  readonly kept: Map<number, ShingleSet>;
  readonly buckets: Buckets;
  readonly marks: readonly number[];
}

function keep(row: number, set: ShingleSet, { kept, buckets, marks }: Memory): void {
  kept.set(row, set);
  marks.forEach((mark, band) => {
    const bucket = buckets[band]!.get(mark);
    if (bucket) bucket.push(row);
    else buckets[band]!.set(mark, [row]);
  });
}
