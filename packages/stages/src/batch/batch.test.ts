import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CodeReader, createPipeline, memoryStore, type RunEvent, type Store } from '@millrace/core';
import { generate } from '../generate/generate.js';
import { model } from '../models/model.js';
import { type BatchServer, startBatchServer } from '../models/testing/batch-server.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import type { BatchOptions } from './generate.js';

let server: BatchServer;
beforeEach(async () => {
  server = await startBatchServer();
});
afterEach(() => server.close());

const ask = (questions: readonly string[], batch: BatchOptions = {}, config = {}) => {
  const rows = rowsSource(questions.map((question) => ({ question })));
  const mini = model('mini', { baseURL: server.baseURL, temperature: 0 });
  const prompt = 'Q: {{question}}\nA:';
  return {
    answers: generate(
      rows,
      { model: mini, prompt, into: 'answer', ...config },
      { via: 'batch', batch: { pollMs: 5, graceMs: 60, ...batch } },
    ),
  };
};

const many = (n: number) => Array.from({ length: n }, (_, i) => `${i} + ${i}`);
const taken = () => server.batches.map(({ ids }) => ids.length);
const answersOf = async (out: { answers: { all(): Promise<{ answer: string }[]> } }) =>
  (await out.answers.all()).map(({ answer }) => answer);
const mostTimes = () => Math.max(...server.times().values());
const texts = (events: readonly RunEvent[]) => events.flatMap((event) => (event.is === 'notice' ? [event.text] : []));

/** The same without batches: what every run must come to. */
const expected = async (questions: readonly string[]) => {
  const rows = rowsSource(questions.map((question) => ({ question })));
  const mini = model('mini', { baseURL: server.baseURL, temperature: 0 });
  return answersOf(
    (
      await runOn(memoryStore(), {
        answers: generate(rows, { model: mini, prompt: 'Q: {{question}}\nA:', into: 'answer' }),
      })
    ).out,
  );
};

describe("the provider's batch service", () => {
  test('answers as single calls do, all rows in one batch, and knows them as the same rows', async () => {
    const store = memoryStore();
    const first = await runOn(store, ask(many(20)));
    expect([first.did.answers, taken()]).toEqual(['ran 20 of 20', [20]]);
    expect(await answersOf(first.out)).toEqual(await expected(many(20)));
    expect((await runOn(store, ask(many(20)))).did.answers).toBe('reused');
    expect((await runOn(store, ask([...many(20), 'one more']))).did.answers).toBe('ran 1 of 21');
    expect(taken()).toEqual([20, 1]);
    expect(texts(first.events)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/batch_1 was submitted with 20 requests/),
        'The batch batch_1: 20 of 20 done.',
      ]),
    );
  });

  test('as many batches as the provider needs, at once', async () => {
    const { out, did } = await runOn(memoryStore(), ask(many(25), { most: 10 }));
    expect([did.answers, taken()]).toEqual(['ran 25 of 25', [10, 10, 5]]);
    expect(await answersOf(out)).toEqual(await expected(many(25)));
  });

  test('no sum of money holds it, and nothing is sent', async () => {
    const outputs = ask(many(3));
    await expect(runOn(memoryStore(), outputs, { maxCost: 1 })).rejects.toThrow(
      /answers: via: 'batch' asks all rows .* below a cost of 1\. Limit the calls/,
    );
    expect(taken()).toEqual([]);
    expect((await runOn(memoryStore(), outputs, { maxCalls: 3 })).did.answers).toBe('ran 3 of 3');
  });

  test('results out of order, twice, and on many pages of a list', async () => {
    server.behave({ shuffled: true, twice: true });
    const { out } = await runOn(memoryStore(), ask(many(9), { most: 2 }));
    expect(await answersOf(out)).toEqual(await expected(many(9)));
  });

  test('results that end in the midst of a line are got again, and nothing is sent twice', async () => {
    server.behave({ torn: 2 });
    const { out, events } = await runOn(memoryStore(), ask(many(9)));
    expect(await answersOf(out)).toEqual(await expected(many(9)));
    expect(taken()).toEqual([9]);
    expect(texts(events).join()).toMatch(/a line that is no JSON in UTF-8: .* It is asked again/);
  });

  test('only what failed in passing is put into another batch', async () => {
    server.behave({
      failWith: (id, times) => (times === 0 && Number.parseInt(id[0] as string, 16) % 2 ? 500 : undefined),
    });
    const { out, did } = await runOn(memoryStore(), ask(many(30)));
    expect(did.answers).toBe('ran 30 of 30');
    const [first, second = 0] = taken();
    expect([first, second > 0, second < 30, taken().length]).toEqual([30, true, true, 2]);
    expect(await answersOf(out)).toEqual(await expected(many(30)));
  });

  test('what fails for good is a failed row, and is sent once', async () => {
    server.behave({ failWith: (id) => (id.startsWith('0') || id.startsWith('8') ? 400 : undefined) });
    const { out } = await runOn(memoryStore(), ask(many(40)));
    expect(out.answers.failed).toBeGreaterThan(0);
    expect((await out.answers.failures())[0].message).toContain('scripted 400');
    expect(taken()).toEqual([40]);
  });

  test.each([30, 31, 40])(
    'each try counts for the budget: with %i calls no more requests are sent',
    async (maxCalls) => {
      server.behave({ failWith: () => 500 });
      const few = runOn(memoryStore(), ask(many(30)), { maxCalls });
      await expect(few).rejects.toThrow(`may spend ${maxCalls} calls`);
      expect(taken()).toEqual(maxCalls === 30 ? [30] : [30, maxCalls - 30]);
    },
  );

  test('an expired batch: what is done counts, the rest is sent again', async () => {
    server.behave({ expiresAt: 0.5 });
    const { out } = await runOn(memoryStore(), ask(many(16), { retries: 5 }));
    expect(await answersOf(out)).toEqual(await expected(many(16)));
    expect(taken()).toEqual([16, 8, 4, 2, 1]);
  });

  test('rate limits and a restart of the server lose nothing', async () => {
    server.fail({ fault: 'status', status: 429, headers: { 'retry-after': '0' } }, { fault: 'status', status: 500 });
    const running = runOn(memoryStore(), ask(many(5)));
    while (server.batches.length === 0) await sleep(2);
    server.behave({ down: true });
    await sleep(50);
    server.behave({ down: false });
    expect((await running).did.answers).toBe('ran 5 of 5');
    expect(taken()).toEqual([5]);
  });

  test('a batch whose answer was lost is found by its tag, however late it is listed, and never sent twice', async () => {
    server.behave({ hidden: 3 });
    server.fail({ fault: 'status', status: 200, body: { id: 'file-1' } }, { fault: 'reset' });
    const { did } = await runOn(memoryStore(), ask(many(4), { graceMs: 60_000 }));
    expect([did.answers, taken(), mostTimes()]).toEqual(['ran 4 of 4', [4], 1]);
  });

  test('a process that comes after the grace looks twice before it sends again', async () => {
    server.behave({ hidden: 1 });
    server.fail({ fault: 'status', status: 200, body: { id: 'file-1' } }, { fault: 'reset' });
    const { did } = await runOn(memoryStore(), ask(many(4), { graceMs: 0 }));
    expect([did.answers, taken(), mostTimes()]).toEqual(['ran 4 of 4', [4], 1]);
  });

  test('one that never arrived is sent again after the grace', async () => {
    const store = memoryStore();
    server.behave({ down: true });
    const running = runOn(store, ask(many(3), { graceMs: 40 }));
    while (server.seen.length < 3) await sleep(2);
    server.behave({ down: false });
    expect([(await running).did.answers, taken()]).toEqual(['ran 3 of 3', [3]]);
  });

  test('one that the provider refuses is told in its words', async () => {
    server.behave({ refuses: 'Enqueued token limit reached' });
    await expect(runOn(memoryStore(), ask(many(3)))).rejects.toThrow(
      /refused the batch: .*Enqueued token limit reached/,
    );
    expect(taken()).toEqual([3]);
  });

  test('samples of one request are requests of their own', async () => {
    const rows = { temperature: 1, samples: 3 };
    const { did } = await runOn(memoryStore(), ask(many(2), {}, rows));
    expect([did.answers, taken(), new Set(server.batches[0]?.ids).size]).toEqual(['ran 6 of 6', [6], 6]);
  });

  test('a forced stage is a new draw', async () => {
    const store = memoryStore();
    await runOn(store, ask(many(3)));
    await runOn(store, ask(many(3)), { force: ['answers'] });
    expect(taken()).toEqual([3, 3]);
  });

  test('a model without such a service is refused', async () => {
    const rows = rowsSource([{ q: 'a' }]);
    const answers = generate(
      rows,
      { model: model('test/echo', { temperature: 0 }), prompt: '{{q}}' },
      { via: 'batch' },
    );
    await expect(runOn(memoryStore(), { answers })).rejects.toThrow("Leave via: 'batch' out");
  });
});

const code: CodeReader = { read: () => ({ refused: { why: 'not found', detail: '' } }) };

const planned = async (store: Store, outputs: ReturnType<typeof ask>) =>
  (await createPipeline(outputs, () => ({ store, code, base: '/' })).plan()).steps.at(-1);

/** Begins a run and stops it when something is so. */
async function stopped(
  store: Store,
  outputs: ReturnType<typeof ask>,
  when: () => boolean,
  how: 'drain' | 'kill',
): Promise<string[]> {
  const said: RunEvent[] = [];
  const drain = new AbortController();
  const events = createPipeline(outputs, () => ({ store, code, base: '/' })).events({ drain: drain.signal });
  let ended = false;
  const running = events.subscribe({
    next: (event) => said.push(event),
    complete: () => {
      ended = true;
    },
    error: () => {
      ended = true;
    },
  });
  while (!when()) await sleep(1);
  if (how === 'kill') {
    running.unsubscribe();
    await sleep(30);
  } else {
    drain.abort();
    while (!ended) await sleep(1);
  }
  return texts(said);
}

describe('a run that ends before its batch does', () => {
  const stays = 1_000_000;

  test('leaves it at the provider and says so; the next run collects it, also after an edit', async () => {
    const store = memoryStore();
    server.behave({ looks: stays });
    const said = await stopped(store, ask(many(10)), () => server.batches.length > 0, 'drain');
    expect(said.at(-1)).toMatch(/batch_1: left going on at mini at .*Run again to collect/);
    expect((await planned(store, ask(many(10))))?.underway).toMatch(/^The batch batch_1/);
    server.behave({ looks: 0 });
    const edited = ['another', ...many(10).slice(2)];
    const { did, out } = await runOn(store, ask(edited));
    expect([did.answers, taken(), mostTimes()]).toEqual(['ran 9 of 9', [10, 1], 1]);
    expect(await answersOf(out)).toEqual(await expected(edited));
    expect((await planned(store, ask(many(10))))?.underway).toBeUndefined();
    expect((await runOn(store, ask(many(10)))).did.answers).toBe('ran 2 of 10');
    expect(taken()).toEqual([10, 1]);
  });

  test('ends it there where that is asked for', async () => {
    const store = memoryStore();
    server.behave({ looks: stays });
    const said = await stopped(
      store,
      ask(many(4), { onStop: 'cancel' }),
      () => server.batches.length > 0 && server.seen.length > 4,
      'drain',
    );
    expect(said.at(-1)).toMatch(/batch_1: cancelled at mini/);
    expect(server.batches[0]?.cancelled).toBe(true);
    server.behave({ looks: 0 });
    expect((await runOn(store, ask(many(4)))).did.answers).toBe('ran 4 of 4');
    expect(taken()).toEqual([4, 4]);
  });
});
