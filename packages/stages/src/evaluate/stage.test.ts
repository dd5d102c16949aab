import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { number } from '../extract/number.js';
import { regex } from '../extract/regex.js';
import { extract } from '../extract/stage.js';
import { model } from '../models/model.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { bleu } from './bleu.js';
import { judge, similarity } from './composed.js';
import { exactMatch } from './matches.js';
import { tokenF1 } from './overlaps.js';
import { evaluate } from './stage.js';

const answered = () =>
  rowsSource([
    { gold: '2', answer: 'It is 2' },
    { gold: '4', answer: 'It is 5' },
    { gold: '6', answer: 'no idea' },
  ]);

describe('extract', () => {
  test('takes values out, says why not, and re-extracts without asking anything above', async () => {
    const store = memoryStore();
    const a = answered();
    const first = await runOn(store, {
      a,
      parsed: extract(a, { from: 'answer', with: regex(/(\d+)$/), into: 'value' }),
    });
    expect(first.did).toEqual({ a: 'ran', parsed: 'ran 3 of 3' });
    expect(await first.out.parsed.column('value')).toEqual(['2', '5', null]);
    expect(await first.out.parsed.column('value_reason')).toEqual([null, null, 'no-match']);
    const second = await runOn(store, { a, parsed: extract(a, { from: 'answer', with: number(), into: 'value' }) });
    expect(second.did).toEqual({ a: 'reused', parsed: 'ran 3 of 3' });
    expect(await second.out.parsed.column('value')).toEqual([2, 5, null]);
  });
});

describe('evaluate', () => {
  const parsed = () => extract(answered(), { from: 'answer', with: regex(/(\d+)$/), into: 'value' });

  test('one memo a metric: adding one scores one', async () => {
    const store = memoryStore();
    const scored = (metrics: object) => {
      const scores = evaluate(parsed(), {
        prediction: 'value',
        reference: 'gold',
        metrics: metrics as { em: ReturnType<typeof exactMatch> },
      });
      return { scores, summary: scores.summary };
    };
    const first = await runOn(store, scored({ em: exactMatch() }));
    expect(await first.out.scores.column('em')).toEqual([1, 0, null]);
    expect(await first.out.summary.all()).toEqual([
      { metric: 'em', value: 0.5, low: expect.any(Number), high: expect.any(Number), n: 2, failed: 1 },
    ]);
    const second = await runOn(store, scored({ f1: tokenF1(), em: exactMatch(), bleu: bleu() }));
    const ran = second.events.flatMap((e) =>
      e.is === 'stage-finished' && e.label !== undefined && e.ranRows ? [`${e.label} ${e.ranRows}`] : [],
    );
    expect(ran.sort()).toEqual(['bleu 3', 'token_f1 3']);
    expect(await second.out.summary.column('metric')).toEqual(['f1', 'em', 'bleu']);
  });

  test('a judge and a similarity remember what they ask', async () => {
    const store = memoryStore();
    const build = () => {
      const scores = evaluate(answered(), {
        prediction: 'answer',
        reference: 'gold',
        metrics: {
          near: similarity({ model: model('test/ngram', { dimensions: 32 }) }),
          judged: judge({
            model: model('test/echo', { temperature: 0, template: 'score 3' }),
            prompt: 'Rate: {{answer}}',
          }),
        },
      });
      return { scores, summary: scores.summary };
    };
    const first = await runOn(store, build());
    expect(await first.out.scores.column('judged')).toEqual([3, 3, 3]);
    expect((await first.out.scores.column('near')).every((x: number) => x > -1 && x < 1)).toBe(true);
    const again = await runOn(store, build());
    expect(Object.values(again.did).every((status) => status === 'reused')).toBe(true);
  });
});
