import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import fc from 'fast-check';
import { fromKey } from '../random/random.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { firstOccurrences, keptRows } from './exact.js';
import { bandsFor, missOdds, NEAR_DEFAULTS, type NearSpec, nearOccurrences } from './near.js';
import { jaccard, shinglesOf } from './shingles.js';
import { dedupe } from './stage.js';

describe('exact duplicates', () => {
  test('point at the first row with their key', () => {
    const firsts = firstOccurrences(['a', 'b', 'a', '', 'b', '']);
    expect(firsts).toEqual([0, 1, 0, 3, 1, 3]);
    expect(keptRows(firsts)).toEqual([0, 1, 3]);
    expect(firstOccurrences([])).toEqual([]);
  });

  test('what is kept is what a set keeps, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), (keys) => {
        expect(keptRows(firstOccurrences(keys)).map((row) => keys[row])).toEqual([...new Set(keys)]);
      }),
    );
  });
});

describe('shingles', () => {
  const words = (text: string) => shinglesOf(text, { by: 'words', size: 2 });

  test('do not see case, punctuation, spacing or width', () => {
    expect(words('The  cat, sat!')).toEqual(words('the cat sat'));
    expect(words('ｔｈｅ cat sat')).toEqual(words('the cat sat'));
    expect(words('the sat cat')).not.toEqual(words('the cat sat'));
  });

  test('golden: these hashes, until the version of the stage says otherwise', () => {
    const set = shinglesOf('The cat sat down', { by: 'words', size: 3 });
    expect(Array.from(set)).toEqual([469699167993219, 1627833807177257]);
  });

  test('keep the borders of words', () => expect(words('ab c')).not.toEqual(words('a bc')));

  test('a short text is one shingle, an empty one none', () => {
    expect(words('one')).toHaveLength(1);
    expect(words(' … ')).toHaveLength(0);
    expect(shinglesOf('ab', { by: 'characters', size: 5 })).toHaveLength(1);
    expect(shinglesOf('abcdef', { by: 'characters', size: 5 })).toHaveLength(2);
  });

  test('Jaccard is what sets say', () => {
    const sets = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const union = new Set([...a, ...b]).size;
        const shared = a.filter((x) => b.includes(x)).length;
        const sorted = (values: number[]) => Float64Array.from(values).sort();
        expect(jaccard(sorted(a), sorted(b))).toBe(union === 0 ? 1 : shared / union);
      }),
    );
  });
});

/** Texts of 60 words, each followed by an edited copy: `edits` words replaced. */
function pairs(count: number, edits: number): string[] {
  const random = fromKey('pairs', count, edits);
  return Array.from({ length: count }, () => {
    const text = Array.from({ length: 60 }, () => `w${random.below(5000)}`);
    const copy = [...text];
    for (let i = 0; i < edits; i++) copy[random.below(60)] = `x${random.below(5000)}`;
    return [text.join(' '), copy.join(' ')];
  }).flat();
}

interface Reference {
  readonly cases: readonly (Pick<NearSpec, 'shingles' | 'threshold'> & {
    readonly texts: readonly string[];
    readonly firsts: readonly number[];
  })[];
}
const reference = JSON.parse(readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8')) as Reference;

test.each(reference.cases)('near duplicates of random texts are those of all pairs: $shingles, $threshold', (one) => {
  const { texts, firsts, ...spec } = one;
  expect(nearOccurrences(texts, { ...NEAR_DEFAULTS, ...spec })).toEqual(firsts);
});

describe('near duplicates', () => {
  test('find edited copies, and drop nothing whose true similarity is below the threshold', () => {
    const texts = [...pairs(150, 1), ...pairs(150, 6)];
    const sets = texts.map((text) => shinglesOf(text, NEAR_DEFAULTS.shingles));
    const firsts = nearOccurrences(texts, NEAR_DEFAULTS);
    firsts.forEach((first, row) => {
      if (first !== row) expect(jaccard(sets[row]!, sets[first]!)).toBeGreaterThanOrEqual(0.8);
    });
    const similar = texts.flatMap((_, row) => (row % 2 && jaccard(sets[row]!, sets[row - 1]!) >= 0.8 ? [row] : []));
    expect(similar.length).toBeGreaterThan(140);
    const found = similar.filter((row) => firsts[row] === row - 1);
    expect(found.length / similar.length).toBeGreaterThan(0.98);
  });

  test('point only at rows that are kept', () => {
    const firsts = nearOccurrences(pairs(100, 2), { ...NEAR_DEFAULTS, threshold: 0.5 });
    for (const first of firsts) expect(firsts[first]).toBe(first);
  });

  const base = Array.from({ length: 30 }, (_, i) => `w${i}`);
  const variant = (...at: number[]) => base.map((word, i) => (at.includes(i) ? `${word}x` : word)).join(' ');
  const bag = { ...NEAR_DEFAULTS, shingles: { by: 'words', size: 1 } } as const;

  test('of several similar rows the most similar one is named, the first in a tie', () => {
    expect(nearOccurrences([variant(0, 15, 29), variant(8, 23), variant()], { ...bag, threshold: 0.75 })).toEqual([
      0, 1, 1,
    ]);
    expect(nearOccurrences([variant(0, 15), variant(8, 23), variant()], { ...bag, threshold: 0.8 })).toEqual([0, 1, 0]);
  });

  test('a row that was dropped drops no other: similarity does not run in chains', () => {
    const chain = [variant(), variant(0, 1, 2), variant(0, 1, 2, 3, 4, 5)];
    expect(nearOccurrences(chain, { ...bag, threshold: 0.8 })).toEqual([0, 0, 2]);
  });

  test('equal sets are always found, empty texts are one text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 })), (texts) => {
        const firsts = nearOccurrences([...texts, ...texts], { ...NEAR_DEFAULTS, hashes: 16 });
        expect(firsts.slice(texts.length).every((first) => first < texts.length)).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(nearOccurrences(['', ' ', '…', 'a'], NEAR_DEFAULTS)).toEqual([0, 0, 0, 3]);
  });

  test('the same every time, whatever rows come later', () => {
    const texts = pairs(40, 2);
    const all = nearOccurrences(texts, NEAR_DEFAULTS);
    expect(nearOccurrences(texts, NEAR_DEFAULTS)).toEqual(all);
    expect(nearOccurrences(texts.slice(0, 30), NEAR_DEFAULTS)).toEqual(all.slice(0, 30));
  });

  test('what cannot be meant is refused before anything runs', async () => {
    const rows = source.rows([{ text: 'a', n: 1 }]);
    for (const near of [
      { threshold: 2 },
      { threshold: 0 },
      { hashes: 0 },
      { shingles: { by: 'words', size: 0.5 } },
    ] as const)
      expect(() => dedupe(rows, { near: { column: 'text', ...near } })).toThrow(/ of dedupe must be a .*number/);
    await expect(runOn(memoryStore(), { t: dedupe(rows, { near: 'n' as 'text' }) })).rejects.toThrow(
      /dedupe reads the text of column n, but the column is float64/,
    );
  });

  test('few hashes for a low threshold are noted', async () => {
    const notes = async (hashes: number) => {
      const near = { column: 'text', threshold: 0.1, hashes } as const;
      const { events } = await runOn(memoryStore(), { t: dedupe(source.rows([{ text: 'a b c' }]), { near }) });
      return JSON.stringify(events);
    };
    expect(await notes(16)).toMatch(/With 16 hashes, 19 in 100 pairs .* Give more hashes: 64/);
    expect(await notes(64)).not.toMatch(/are missed/);
  });

  test('bands miss a pair at the threshold at most once in a hundred', () => {
    for (const threshold of [0.5, 0.7, 0.8, 0.9, 0.95]) {
      const bands = bandsFor({ threshold, hashes: 128 });
      expect(missOdds(threshold, bands)).toBeLessThanOrEqual(0.01);
      expect(bands.rows * bands.count).toBeLessThanOrEqual(128);
    }
    expect(bandsFor({ threshold: 0.9, hashes: 128 }).rows).toBeGreaterThan(
      bandsFor({ threshold: 0.5, hashes: 128 }).rows,
    );
  });
});
