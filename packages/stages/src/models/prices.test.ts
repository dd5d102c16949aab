import { describe, expect, test } from '@jest/globals';
import { model } from './model.js';
import { counted } from './openai-answer.js';
import { costOf } from './prices.js';

const usage = { input: 1_000_000, output: 1_000_000 };

describe('the cost of a call', () => {
  test('is counted by the token, with cached input at its own price', () => {
    expect(costOf(model('openai/gpt-4o-mini'), usage)).toBeCloseTo(0.75);
    expect(costOf(model('openai/gpt-4o-mini'), { ...usage, cached: 1_000_000 })).toBeCloseTo(0.675);
    expect(costOf(model('openai/gpt-4o-mini-2024-07-18'), usage)).toBeCloseTo(0.75);
    expect(costOf(model('openai/text-embedding-3-small'), { input: 500_000, output: 0 })).toBeCloseTo(0.01);
  });

  test('follows a price of your own', () => {
    const made = model('openai/gpt-4o-mini', {}, { price: { input: 1, output: 2 } });
    expect(costOf(made, { ...usage, cached: 500_000 })).toBeCloseTo(3);
  });

  test('is not known, rather than 0, without a price or a count', () => {
    expect(costOf(model('openai/of-tomorrow'), usage)).toBeUndefined();
    expect(costOf(model('gpt-4o-mini', { baseURL: 'http://proxy/v1' }), usage)).toBeUndefined();
    expect(costOf(model('ollama/llama3'), usage)).toBeUndefined();
    expect(costOf(model('openai/gpt-4o-mini'), { input: 5 })).toBeUndefined();
    expect(costOf(model('openai/gpt-4o-mini'), {})).toBeUndefined();
  });

  test('of a model on this machine is nothing', () => {
    expect(costOf(model('local/mine'), usage)).toBe(0);
    expect(costOf(model('test/echo'), usage)).toBe(0);
  });
});

test('tokens that no server can have counted are unknown', () => {
  for (const said of [-1, -1e6, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e308, null, undefined])
    expect(counted({ input: said, output: 7, cached: 0, reasoning: said })).toEqual({ output: 7, cached: 0 });
});
