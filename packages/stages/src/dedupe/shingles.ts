// Taken once: in a vm context, where the tests run, each look-up of a global is a call.
const { imul } = Math;

/** A text as a set: 53-bit hashes of its shingles, sorted, each once. */
export type ShingleSet = Float64Array;

export type ShingleSpec =
  | { readonly by: 'words'; readonly size: number }
  | { readonly by: 'characters'; readonly size: number };

const WORDS = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * The runs of `size` neighbouring words (letters and digits; case, punctuation and spacing don't count) or characters
 * (case and runs of spaces don't count). A text too short for one run is one shingle; an empty one has none.
 */
export function shinglesOf(text: string, spec: ShingleSpec): ShingleSet {
  const plain = text.normalize('NFKC').toLowerCase();
  const units = spec.by === 'words' ? (plain.match(WORDS) ?? []) : [...plain.replace(/\s+/g, ' ').trim()];
  const hashes = new Set<number>();
  for (let at = 0; at + spec.size <= units.length; at++) hashes.add(hash53(units.slice(at, at + spec.size)));
  if (hashes.size === 0 && units.length > 0) hashes.add(hash53(units));
  return Float64Array.from(hashes).sort();
}

/** Two lanes of multiply-and-rotate over code units; a separator keeps ['ab', 'c'] and ['a', 'bc'] apart. */
function hash53(units: readonly string[]): number {
  let high = 0x9e3779b9 | 0;
  let low = 0x85ebca6b | 0;
  const take = (code: number) => {
    high = imul(high ^ code, 0x2c1b3c6d);
    high = (high << 13) | (high >>> 19);
    low = imul(low ^ code, 0x297a2d39);
    low = (low << 17) | (low >>> 15);
  };
  for (const unit of units) {
    for (let i = 0; i < unit.length; i++) take(unit.charCodeAt(i));
    take(0x10000);
  }
  return (mix(high ^ low) >>> 11) * 2 ** 32 + (mix(low) >>> 0);
}

/** The last step of MurmurHash3: every bit of the input moves half of the output. */
export function mix(x: number): number {
  let h = x;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** |a ∩ b| / |a ∪ b| of two sorted sets; two empty texts are the same text. */
export function jaccard(a: ShingleSet, b: ShingleSet): number {
  if (a.length === 0 && b.length === 0) return 1;
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a[i]!, b[j]!];
    if (x === y) shared += 1;
    if (x <= y) i += 1;
    if (y <= x) j += 1;
  }
  return shared / (a.length + b.length - shared);
}
