import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import fc from 'fast-check';
import { regexMatch } from '../evaluate/matches.js';
import { evaluate } from '../evaluate/stage.js';
import { mayBeSlow } from '../patterns/slow.js';
import { PatternThread } from '../patterns/thread.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { json } from './json.js';
import { regex } from './regex.js';
import { extract } from './stage.js';

const HOPELESS = `${'a'.repeat(50)}!`;
interface Failure {
  readonly row: number;
  readonly message: string;
}

const NEVER = new AbortController().signal;
const rows = (...texts: (string | null)[]) =>
  rowsSource(
    texts.map((text) => ({ text })),
    { columns: { text: 'text' } },
  );
const taken = (texts: (string | null)[], options = {}) =>
  extract(rows(...texts), { from: 'text', with: regex(/^(a+)+$/), into: 'it' }, options);

describe('a row that takes too long', () => {
  test('is a failed row with a sentence; the others have their values', async () => {
    const texts = ['aa', null, HOPELESS, 'aaa', 'b', `${HOPELESS}!`, 'a'];
    const { out, did } = await runOn(memoryStore(), { t: taken(texts, { timeoutMs: 2000 }) });
    expect(did['t']).toBe('ran 7 of 7');
    const failures: Failure[] = await out.t.failures();
    expect(failures.map(({ row }) => row)).toEqual([2, 5]);
    expect(failures[0]?.message).toMatch(
      /The pattern \/\^\(a\+\)\+\$\/ took longer than 2000 ms on this row .* Write the pattern so .* or raise the option timeoutMs/,
    );
    expect(await out.t.column('it')).toEqual(['aa', null, null, 'aaa', null, null, 'a']);
  });

  test('is asked again, and the limit is in no key', async () => {
    const store = memoryStore();
    await runOn(store, { t: taken(['aa', HOPELESS], { timeoutMs: 1500 }) });
    expect((await runOn(store, { t: taken(['aa', HOPELESS], { timeoutMs: 2000 }) })).did['t']).toBe('ran 1 of 2');
    await runOn(store, { t: taken(['aa', 'a'], { timeoutMs: 1500 }) });
    expect((await runOn(store, { t: taken(['aa', 'a'], { timeoutMs: 7000 }) })).did['t']).toBe('reused');
  });

  test('also where a schema or a metric has the pattern', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const from = rows(JSON.stringify({ a: HOPELESS }), '{"a": "aa"}');
    const t = extract(from, { from: 'text', with: json({ schema }), into: 'it' }, { timeoutMs: 2000 });
    const { out } = await runOn(memoryStore(), { t });
    const failures: Failure[] = await out.t.failures();
    expect(failures.map(({ row, message }) => [row, message])).toEqual([
      [0, expect.stringMatching(/json extraction took longer than 2000 ms/)],
    ]);
  });

  test('does not hold the run: what was asked to stop stops', async () => {
    const drain = new AbortController();
    const texts = Array.from({ length: 500 }, () => HOPELESS);
    const going = runOn(memoryStore(), { t: taken(texts, { timeoutMs: 30_000 }) }, { drain: drain.signal });
    setImmediate(() => drain.abort());
    await expect(going).rejects.toThrow(/interrupted/);
  });
});

describe('a pattern in a thread', () => {
  test('finds what it finds in this one', async () => {
    const patterns = [/(\d+)\s*$/, /a|b/i, /(?<x>a)(?<y>b)?/u, /^/, /(a)|b/, /(?<=x)y/s];
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'x', 'y', '1', ' ', '\n', 'é', '\u{1f600}'),
      maxLength: 12,
    });
    for (const pattern of patterns) {
      const { source, flags, take, match } = regex(pattern, { match: 'all' });
      const thread = new PatternThread({ source, flags: `${flags}g`, take });
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
          const store = memoryStore();
          const all = extract(rows(...texts), { from: 'text', with: regex(pattern, { match: 'all' }), into: 'it' });
          const { out } = await runOn(store, { all });
          expect(await thread.find(texts, { limitMs: 10_000, stop: NEVER })).toEqual(
            Array.isArray(take) ? expect.anything() : await out.all.column('it'),
          );
        }),
        { numRuns: 20 },
      );
      expect(match).toBe('all');
      await thread.close();
    }
  });
});

test('which patterns may be slow', () => {
  const slow = ['(a+)+', '(a|b)*', '(a)\\1', '(?<q>a)\\k<q>', '(ab){2,}'];
  expect(slow.map((source) => mayBeSlow(source, 30))).toEqual(slow.map(() => true));
  const fast = ['\\d+', '(\\d+)\\s*$', '[(a+)+]', '\\)+', 'yes|no', '(a)?b'];
  expect(fast.map((source) => mayBeSlow(source, 200))).toEqual(fast.map(() => false));
  expect([mayBeSlow('\\s+$', 200_000), mayBeSlow('a+b+c+', 1000)]).toEqual([true, true]);
});

test('a metric with a pattern matches as ever', async () => {
  const scores = evaluate(rows('aa', 'ab', `${'a'.repeat(25)}`), {
    prediction: 'text',
    metrics: { m: regexMatch(/^(a+)+$/) },
  });
  const { out } = await runOn(memoryStore(), { scores });
  expect(await out.scores.column('m')).toEqual([1, 0, 1]);
});
