import { describe, expect, test } from '@jest/globals';
import { type AnyTable, memoryStore, type Row } from '@millrace/core';
import { number } from '../extract/number.js';
import { regex } from '../extract/regex.js';
import { extract } from '../extract/stage.js';
import { generate } from '../generate/generate.js';
import { map } from '../map/stage.js';
import { model } from '../models/model.js';
import { rowsSource } from '../source/rows.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { bleu } from './bleu.js';
import { judge, similarity } from './composed.js';
import { custom } from './custom.js';
import { exactMatch } from './matches.js';
import { tokenF1 } from './overlaps.js';
import { passAtK } from './pass-at-k.js';
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
    expect(await first.out.scores.column('em')).toEqual([1, 0, 0]);
    expect(await first.out.summary.all()).toEqual([
      {
        metric: 'em',
        value: 1 / 3,
        low: expect.any(Number),
        high: expect.any(Number),
        n: 3,
        missing: 1,
        failed: 0,
        better: 'higher',
      },
    ]);
    const second = await runOn(store, scored({ f1: tokenF1(), em: exactMatch(), bleu: bleu() }));
    const ran = second.events.flatMap((e) =>
      e.is === 'stage-finished' && e.label !== undefined && e.ranRows ? [`${e.label} ${e.ranRows}`] : [],
    );
    expect(ran.sort()).toEqual(['bleu 3', 'token_f1 3']);
    expect(await second.out.summary.column('metric')).toEqual(['bleu', 'em', 'f1']);
    const third = await runOn(store, scored({ bleu: bleu(), f1: tokenF1(), em: exactMatch() }));
    expect(new Set(Object.values(third.did))).toEqual(new Set(['reused']));
  });

  test('a missing prediction counts as a wrong one, a failed row does not count: both are told', async () => {
    const rows = map(rowsSource([{ p: 'a' }, { p: null }, { p: 'b' }, { p: null }] as { p: string | null }[]), {
      reads: ['p'],
      version: 1,
      run: ({ p }) => {
        if (p === 'b') throw new Error('no b');
        return { g: 'a' };
      },
    });
    const counts = async (metrics: object) => {
      const scores = evaluate(rows, { prediction: 'p', reference: 'g', version: 1, metrics: metrics as { em: never } });
      const found = await (await runOn(memoryStore(), { t: scores.summary })).out.t.all();
      return found.map(({ value, n, missing, failed }: Row) => [value, n, missing, failed]);
    };
    const asks = { model: model('test/echo', { temperature: 0, template: 'score 3' }), prompt: '{{p}}' };
    const near = { model: model('test/ngram', { dimensions: 8 }) };
    expect(await counts({ em: exactMatch() })).toEqual([[1 / 3, 3, 2, 1]]);
    expect(await counts({ em: exactMatch({ missing: 'skip' }) })).toEqual([[1, 1, 2, 1]]);
    expect(await counts({ judged: judge(asks) })).toEqual([[1, 3, 2, 1]]);
    expect(await counts({ judged: judge({ ...asks, missing: 'skip' }) })).toEqual([[3, 1, 2, 1]]);
    expect(await counts({ judged: judge({ ...asks, better: 'lower' }) })).toEqual([[3, 1, 2, 1]]);
    expect(await counts({ near: similarity(near) })).toEqual([[expect.closeTo(1 / 3, 6), 3, 2, 1]]);
    expect(await counts({ ask: judge(asks), em: exactMatch() })).toEqual([
      [1, 3, 2, 1],
      [1 / 3, 3, 2, 1],
    ]);
    const one = passAtK({ k: 1, correct: exactMatch() });
    expect(await counts({ pass: one })).toEqual([[1 / 3, 3, 2, 1]]);
    expect(await counts({ length: custom({ name: 'length', needs: ['g'], perRow: () => 2 }) })).toEqual([[2, 3, 0, 1]]);
  });

  test('samples of a question, and rows of an axis that is no group, count as one question in every interval', async () => {
    const questions = rowsSource(
      Array.from({ length: 20 }, (_, i) => ({ id: i, question: `${i} + 1`, gold: String(i % 2 ? i + 1 : 0) })),
    );
    const echo = model('test/echo', { temperature: 0 });
    const asked = { model: echo, prompt: '{{question}}', into: 'a' } as const;
    const once = generate(questions, asked);
    const thrice = generate(questions, { ...asked, samples: 3 });
    const across = generate(questions, {
      ...asked,
      model: undefined as never,
      across: { model: { one: echo, two: model('test/echo', { temperature: 0, template: '{{answer}}' }) } },
    } as never);
    const untold = generate(questions, { ...asked, prompt: 'Say 1', samples: 3 });
    const width = async (rows: AnyTable, more: object = {}) => {
      const metrics = { em: exactMatch(), f1: tokenF1() };
      const scores = evaluate(rows as never, { prediction: 'a', reference: 'gold', metrics, ...more } as never);
      const found = (await (await runOn(memoryStore(), { t: scores.summary })).out.t.all()) as Row[];
      return found.map(({ low, high }) => (low === null ? null : (high as number) - (low as number)));
    };
    const wanted = await width(once);
    expect(wanted[0]).toBeCloseTo(0.4, 1);
    const near = wanted.map((one) => expect.closeTo(one as number, 1));
    expect(await width(thrice)).toEqual(near);
    expect(await width(thrice, { task: 'id' })).toEqual(near);
    expect(await width(across, { by: [] })).toEqual(near);
    expect(await width(across)).toEqual([...near, ...near].sort());
    expect(await width(untold)).toEqual([null, null]);
    const pass = { pass: passAtK({ k: 3, correct: exactMatch() }) };
    const [ofTasks] = await width(thrice, { metrics: pass });
    expect(ofTasks).toBeGreaterThan(0.39);
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

  test('groups are named the same on every host, null is a group of its own, and one name needs no list', async () => {
    const rows = rowsSource([
      { p: 'a', g: 'a', day: new Date(0), kind: null as string | null },
      { p: 'a', g: 'b', day: new Date(0), kind: 'null' },
      { p: 'a', g: 'a', day: new Date(86_400_000), kind: null },
    ]);
    const by = async (column: 'day' | 'kind') => {
      const scores = evaluate(rows, { prediction: 'p', reference: 'g', metrics: { em: exactMatch() }, by: column });
      const found = await (await runOn(memoryStore(), { t: scores.summary })).out.t.all();
      return found.map((row: Record<string, unknown>) => [row[column], row['value']]);
    };
    expect(await by('day')).toEqual([
      ['1970-01-01T00:00:00.000Z', 0.5],
      ['1970-01-02T00:00:00.000Z', 1],
    ]);
    expect(await by('kind')).toEqual([
      [null, 1],
      ['null', 0],
    ]);
  });

  test('a function gets a list of numbers as an array, a vector as a typed array', async () => {
    const rows = source.rows([{ xs: [1, 2], ints: [1n], v: Float32Array.of(3), gold: [1, 2] }], {
      columns: {
        xs: { list: 'float64' },
        ints: { list: 'int64' },
        v: { list: 'float32' },
        gold: { list: 'float64' },
      },
    });
    const perRow = ({ xs, ints, v }: Readonly<Record<string, unknown>>) =>
      Number((xs as number[]).map((x) => `v${x}`).join() === 'v1,v2' && Array.isArray(ints) && !Array.isArray(v));
    const scores = evaluate(rows, {
      prediction: 'xs',
      reference: 'gold',
      version: 1,
      metrics: {
        own: custom({ name: 'own', needs: ['xs', 'ints', 'v'], perRow }),
        plain: ({ prediction, reference }) => Number(prediction.concat(reference).map((x) => `v${x}`)[3] === 'v2'),
        em: exactMatch(),
      },
    });
    expect((await (await runOn(memoryStore(), { scores })).out.scores.all())[0]).toMatchObject({
      own: 1,
      plain: 1,
      em: 1,
    });
  });

  test('no rows have a summary too: of nothing', async () => {
    const none = rowsSource([], { columns: { p: 'text', g: 'text' } });
    const scores = evaluate(none, { prediction: 'p', reference: 'g', metrics: { em: exactMatch(), b: bleu() } });
    expect(await (await runOn(memoryStore(), { t: scores.summary })).out.t.all()).toEqual(
      ['b', 'em'].map((metric) => ({
        metric,
        value: null,
        low: null,
        high: null,
        n: 0,
        missing: 0,
        failed: 0,
        better: 'higher',
      })),
    );
  });

  test('what cannot be meant is refused where it is written', () => {
    const rows = rowsSource([{ p: 'a', g: 'a' }]);
    const of = (more: object) => () =>
      evaluate(rows, { prediction: 'p', reference: 'g', metrics: { em: exactMatch() }, ...more });
    expect(of({ metrics: {} })).toThrow(/no metrics/);
    for (const by of ['n', ['p', 'value']]) expect(of({ by })).toThrow(/its summary has a column (n|value) of its own/);
    for (const bootstrap of [{ replicates: 0 }, { level: 2 }, { seed: 0.5 }, { level: Number.NaN }])
      expect(of({ bootstrap })).toThrow(/ of bootstrap of evaluate must be a /);
  });

  test('a row whose list of references is empty has none: it is failed by every metric alike', async () => {
    const rows = rowsSource([
      { p: 'a', g: ['b', 'a'] },
      { p: 'a', g: [] },
    ]);
    const scores = evaluate(rows, {
      prediction: 'p',
      reference: 'g',
      metrics: { em: exactMatch(), f1: tokenF1(), b: bleu() },
    });
    const { out } = await runOn(memoryStore(), { t: scores.summary });
    expect(await out.t.column('n')).toEqual([1, 1, 1]);
    expect(await out.t.column('failed')).toEqual([1, 1, 1]);
  });

  test('a row with neither a prediction nor a reference is missing, and in no value', async () => {
    const rows = rowsSource([
      { p: 'a', g: 'a' as string | null },
      { p: null as string | null, g: null },
    ]);
    const scores = evaluate(rows, {
      prediction: 'p',
      reference: 'g',
      metrics: { em: exactMatch(), f1: tokenF1(), b: bleu() },
    });
    const found = await (await runOn(memoryStore(), { t: scores.summary })).out.t.all();
    expect(found.map(({ n, missing, failed }: Row) => [n, missing, failed])).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [1, 1, 0],
    ]);
  });

  test('its options reach the scores', async () => {
    const bad = (options: object) =>
      evaluate(
        answered(),
        {
          prediction: 'answer',
          reference: 'gold',
          version: 1,
          metrics: {
            odd: ({ prediction }: { prediction: string }) => {
              if (prediction === 'It is 5') throw new Error('no score for 5');
              return 1;
            },
          },
        },
        options,
      );
    expect((await runOn(memoryStore(), { bad: bad({}) })).out.bad.failed).toBe(1);
    await expect(runOn(memoryStore(), { bad: bad({ onRowFailure: 'stop' }) })).rejects.toThrow(/no score for 5/);
  });
});
