import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EngineOptions, memoryStore, secret } from '@millrace/core';
import { exactMatch } from '../evaluate/matches.js';
import { evaluate } from '../evaluate/stage.js';
import { aiModel } from '../models/ai-sdk.js';
import { model } from '../models/model.js';
import type { ModelLike } from '../models/stage-model.js';
import { startOpenAIServer } from '../models/testing/openai-server.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { generate } from './generate.js';

const echo = model('test/echo', { temperature: 0 });
const questions = (...all: string[]) => rowsSource(all.map((question, i) => ({ id: `q${i}`, question })));

describe('generate', () => {
  test('answers rows, and only those that are new', async () => {
    const store = memoryStore();
    const build = (...all: string[]) => {
      const q = questions(...all);
      return { q, answers: generate(q, { model: echo, prompt: 'Q: {{question}}\nA:', into: 'answer' }) };
    };
    const first = await runOn(store, build('1 + 1', '2 + 2'));
    expect(first.did).toEqual({ q: 'ran', answers: 'ran 2 of 2' });
    expect((await first.out.answers.all()).map((row: { answer: string }) => typeof row.answer)).toEqual([
      'string',
      'string',
    ]);
    expect((await runOn(store, build('1 + 1', '2 + 2'))).did).toEqual({ q: 'reused', answers: 'reused' });
    expect((await runOn(store, build('0 + 1', '1 + 1', '2 + 2'))).did.answers).toBe('ran 1 of 3');
  });

  describe('a server that nobody hears', () => {
    const answers = (model: ModelLike, rows: number, options: EngineOptions) => {
      const q = questions(...Array.from({ length: rows }, (_, i) => `${i}`));
      return runOn(memoryStore(), { a: generate(q, { model, prompt: '{{question}}', into: 'answer' }, options) });
    };
    /** Nobody is there for these, and for others somebody is. */
    const halfway = (isThere: (question: number) => boolean) => {
      const asked: number[] = [];
      const doGenerate = async ({ prompt }: { prompt: readonly { content: readonly { text: string }[] }[] }) => {
        const question = Number(prompt[0]?.content[0]?.text);
        asked.push(question);
        if (!isThere(question)) throw Object.assign(new Error('fetch failed'), { name: 'AI_APICallError' });
        return { content: [{ type: 'text', text: 'here' }], finishReason: 'stop', usage: {}, warnings: [] };
      };
      const sdk = { specificationVersion: 'v2', provider: 'mine', modelId: 'm', doGenerate };
      return { asked, model: aiModel(sdk as never, { endpoint: 'http://mine.example/' }) };
    };

    test('ends the stage after five calls in a row', async () => {
      const gone = model('m', { baseURL: 'http://127.0.0.1:1/v1' });
      await expect(answers(gone, 100, { retries: 0, concurrency: 4 })).rejects.toThrow(
        /Nobody answered 5 calls in a row: m at http:\/\/127\.0\.0\.1:1\/v1\S* could not be reached/,
      );
      const { asked, model: broken } = halfway((question) => question < 20);
      await expect(answers(broken, 100, { retries: 1, concurrency: 1 })).rejects.toThrow(/Nobody answered 5 calls/);
      expect(asked).toHaveLength(20 + 2 * 5);
    });

    test('… and not where one is answered in between', async () => {
      const { asked, model: shaky } = halfway((question) => question % 5 === 4);
      expect((await answers(shaky, 50, { retries: 0, concurrency: 1 })).out.a.failed).toBe(40);
      expect(asked).toHaveLength(50);
    });
  });

  test('what does not change a request buys nothing again', async () => {
    const store = memoryStore();
    const q = questions('1 + 1', '2 + 2');
    const renamed = rowsSource([{ ask: '1 + 1' }, { ask: '2 + 2' }]);
    await runOn(store, { a: generate(q, { model: echo, prompt: 'Q: {{question}}', into: 'answer' }) });
    expect(
      (await runOn(store, { a: generate(q, { model: echo, prompt: 'Q: {{question}}', into: 'reply' }) })).did.a,
    ).toBe('ran 0 of 2');
    expect(
      (await runOn(store, { a: generate(renamed, { model: echo, prompt: 'Q: {{ask}}', into: 'answer' }) })).did.a,
    ).toBe('ran 0 of 2');
    expect(
      (
        await runOn(store, {
          a: generate(q, { model: echo, prompt: 'Q: {{question}}', into: 'answer', accept: ['empty'] }),
        })
      ).did.a,
    ).toBe('ran 0 of 2');
    expect(
      (await runOn(store, { a: generate(q, { model: echo, prompt: 'Q! {{question}}', into: 'answer' }) })).did.a,
    ).toBe('ran 2 of 2');
  });

  test('more samples ask only for the ones that are missing', async () => {
    const store = memoryStore();
    const q = questions('1 + 1', '2 + 2');
    const sampled = (samples: number) => ({
      a: generate(q, {
        model: model('test/echo', { temperature: 1 }),
        prompt: '{{question}}',
        into: 'answer',
        samples,
      }),
    });
    expect((await runOn(store, sampled(3))).did.a).toBe('ran 6 of 6');
    const more = await runOn(store, sampled(5));
    expect(more.did.a).toBe('ran 4 of 10');
    expect((await more.out.a.all()).map((row: { id: string }) => row.id)).toEqual([
      'q0',
      'q0',
      'q0',
      'q0',
      'q0',
      'q1',
      'q1',
      'q1',
      'q1',
      'q1',
    ]);
  });

  test('a missing variable is said before anything is asked', async () => {
    const store = memoryStore();
    const q = questions('1 + 1');
    const prompt = 'Q: {{qestion}}' as string;
    await expect(runOn(store, { a: generate(q, { model: echo, prompt, into: 'answer' as const }) })).rejects.toThrow(
      /reads the column qestion.*Did you mean question\?/s,
    );
  });
});

describe('generate across models and prompts', () => {
  const fan = (models: string[], prompts: Record<string, string>) => {
    const q = questions('1 + 1', '2 + 2');
    const named = Object.fromEntries(
      models.map((name) => [name, model('test/echo', { temperature: 0, template: `${name}: {{answer}}` })]),
    );
    return { answers: generate(q, { across: { model: named, prompt: prompts }, into: 'answer' }) };
  };

  test('one memo each: another model asks only that model', async () => {
    const store = memoryStore();
    const prompts = { plain: '{{question}}', cot: 'Think. {{question}}' };
    const first = await runOn(store, fan(['a', 'b'], prompts));
    expect(first.out.outcome.cost.calls).toBe(8);
    const rows = await first.out.answers.all();
    expect(rows.map((r: { model: string; prompt: string; id: string }) => [r.model, r.prompt, r.id])).toEqual([
      ['a', 'cot', 'q0'],
      ['a', 'cot', 'q1'],
      ['a', 'plain', 'q0'],
      ['a', 'plain', 'q1'],
      ['b', 'cot', 'q0'],
      ['b', 'cot', 'q1'],
      ['b', 'plain', 'q0'],
      ['b', 'plain', 'q1'],
    ]);
    const second = await runOn(store, fan(['a', 'b', 'c'], prompts));
    expect(second.out.outcome.cost.calls).toBe(4);
    expect((await second.out.answers.column('model')).filter((m: string) => m === 'c')).toHaveLength(4);
  });

  test('in another order, of models, of axes or of their values, nothing runs', async () => {
    const store = memoryStore();
    const q = questions('1 + 1');
    const did = async (across: { readonly [axis: string]: readonly number[] | Readonly<Record<string, string>> }) => {
      const answers = generate(q, { model: 'test/echo', across, into: 'answer' } as never);
      const scores = evaluate(
        answers as never,
        { prediction: 'answer', reference: 'question', metrics: { em: exactMatch() } } as never,
      );
      return Object.values((await runOn(store, { answers, scores, summary: scores.summary })).did);
    };
    const [x, y] = ['{{question}}', 'Think. {{question}}'];
    expect(await did({ temperature: [0, 10, 2], prompt: { x, y } })).not.toContain('reused');
    expect(new Set(await did({ prompt: { y, x }, temperature: [2, 10, 0] }))).toEqual(new Set(['reused']));
  });
});

describe('generate over http', () => {
  let server: Awaited<ReturnType<typeof startOpenAIServer>>;
  beforeAll(async () => {
    server = await startOpenAIServer({ key: 'k' });
  });
  afterAll(() => server.close());
  const served = () =>
    model(
      'm1',
      { baseURL: server.baseURL, temperature: 0 },
      { apiKey: secret.value('k', 'TEST_KEY'), price: { input: 1, output: 2 } },
    );

  test('counts tokens and money, and another endpoint is another model', async () => {
    const store = memoryStore();
    const q = questions('1 + 1', '2 + 2');
    const first = await runOn(store, {
      a: generate(q, { model: served(), prompt: 'Q: {{question}}', into: 'answer' }),
    });
    expect(first.did.a).toBe('ran 2 of 2');
    expect(first.out.outcome.cost.tokens).toBeGreaterThan(0);
    expect(first.out.outcome.cost.money).toBeGreaterThan(0);
    const again = await runOn(store, {
      a: generate(q, { model: served(), prompt: 'Q: {{question}}', into: 'answer' }),
    });
    expect(again.did.a).toBe('reused');
    expect(again.out.outcome.cost.calls).toBe(0);
    expect(JSON.stringify([...store.entries()])).not.toContain('"k"');
  });

  test('a key that is not set is said before anything is spent', async () => {
    const keyless = model(
      'm1',
      { baseURL: server.baseURL, temperature: 0 },
      { apiKey: secret.env('MILLRACE_NO_SUCH_KEY') },
    );
    await expect(
      runOn(memoryStore(), {
        a: generate(questions('1 + 1'), { model: keyless, prompt: '{{question}}', into: 'answer' }),
      }),
    ).rejects.toThrow(/MILLRACE_NO_SUCH_KEY, which is not set/);
  });
});
