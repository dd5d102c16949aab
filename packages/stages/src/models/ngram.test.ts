import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { model } from './model.js';
import { ngramVector } from './ngram.js';
import { openModel } from './open.js';
import { calling } from './testing/call.js';

const embed = async (texts: readonly string[], dimensions?: number) => {
  const { embed } = await openModel(model('test/ngram', dimensions === undefined ? {} : { dimensions }));
  return (await embed!.embed(texts, {}, calling())).vectors;
};
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const bits = (v: Float32Array) => Buffer.from(v.buffer).toString('hex');

describe('test/ngram', () => {
  test('puts texts that share letters close to each other', async () => {
    const [a, b, c] = await embed([
      'Stock prices fell sharply today',
      'Shares and stock prices dropped today',
      'The cat sat on a mat',
    ]);
    expect(dot(a!, b!)).toBeGreaterThan(dot(a!, c!) + 0.2);
    expect(dot(a!, a!)).toBeCloseTo(1, 5);
  });

  test('gives a text the same bits alone, in a batch and anywhere', async () => {
    const texts = ['alpha', '', 'Übergrößenträger 🚀', 'x'.repeat(10_000)];
    const together = await embed(texts);
    for (const [i, text] of texts.entries()) expect(bits((await embed([text]))[0]!)).toBe(bits(together[i]!));
  });

  test('has the bits it had when it was made', () => {
    const all = ['', 'hello world', 'Übergrößenträger 🚀'].map((text) => bits(ngramVector(text, 32))).join();
    expect(createHash('sha256').update(all).digest('hex').slice(0, 16)).toBe('a5716fc8999da56c');
  });

  test.each([1, 2, 3, 256])('gives unit vectors of %i dimensions, for every text', async (dimensions) => {
    for (const vector of await embed(['', ' ', 'a', 'text', '🚀'], dimensions)) {
      expect(vector.length).toBe(dimensions);
      expect(dot(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  test('knows upper from lower case in no script that could change', () => {
    expect(bits(ngramVector('ABC', 64))).toBe(bits(ngramVector('abc', 64)));
    expect(bits(ngramVector('É', 64))).not.toBe(bits(ngramVector('é', 64)));
  });
});
