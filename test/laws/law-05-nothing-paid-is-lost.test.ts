import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import {
  type AnyTable,
  graphOf,
  type Kind,
  type MemoryStore,
  memoryStore,
  type Row,
  type RunEvent,
  runGraph,
  stage,
} from '@millrace/core';
import { start } from './children.js';
import { folder } from './files.js';
import { codeReader, go, Outside } from './kit.js';
import { lab } from './lab.js';

const rows = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, i) => ({ text: `t${from + i}` }));

const asking = (store: MemoryStore, outside: Outside, data: readonly Row[], concurrency = 1) => {
  const world = lab(store, outside);
  const answers = world.k.asked(world.k.rows(data), { from: 'text', into: 'answer', options: { concurrency } });
  return { world, outputs: { answers, pure: world.k.pure(answers, { from: 'answer', into: 'p' }) } };
};

const asks = (calls: readonly string[]) => calls.filter((call) => call.startsWith('asked('));

/** Kills the process when it has had so many answers; what then still comes in is lost with it. */
async function killedAfter(
  store: MemoryStore,
  outside: Outside,
  run: { data: readonly Row[]; at: number; force?: boolean },
) {
  const { world, outputs } = asking(store, outside, run.data);
  const answer = outside.answer.bind(outside);
  let left = run.at;
  let next: MemoryStore | undefined;
  outside.answer = (key, text) => {
    const given = answer(key, text);
    if (key.startsWith('asked(') && left-- === 0) {
      next = store.kill();
      outside.dead = true;
    }
    return given;
  };
  const went = await go(world, outputs, run.force ? { force: ['answers'] } : {});
  outside.answer = answer;
  outside.dead = false;
  return { calls: went.calls, next: next ?? store.kill() };
}

describe('killed', () => {
  test.each([0, 1, 5, 9])('after %i answers: only the call in flight is asked again', async (at) => {
    const outside = new Outside();
    const killed = await killedAfter(memoryStore(), outside, { data: rows(0, 10), at });
    expect(asks(killed.calls)).toHaveLength(at + 1);
    const { world, outputs } = asking(killed.next, outside, rows(0, 10));
    const on = await go(world, outputs);
    expect(asks(on.calls)).toHaveLength(10 - at);
    expect(new Set([...asks(killed.calls), ...asks(on.calls)]).size).toBe(10);
    expect((await go(world, outputs)).calls).toEqual([]);
  });

  test('and a row mended before it goes on: what was answered counts under the other fingerprint', async () => {
    const outside = new Outside();
    const killed = await killedAfter(memoryStore(), outside, { data: rows(0, 10), at: 6 });
    const { world, outputs } = asking(killed.next, outside, [{ text: 'mended' }, ...rows(1, 12)]);
    const on = await go(world, outputs);
    expect(asks(on.calls).map((call) => JSON.parse(call.split(' ').at(-1) as string))).toEqual([
      'mended',
      't6',
      't7',
      't8',
      't9',
      't10',
      't11',
    ]);
  });

  test('three times over: each goes on where the one before stopped', async () => {
    const outside = new Outside();
    let store = memoryStore();
    const all: string[] = [];
    for (const at of [3, 2, 4]) {
      const killed = await killedAfter(store, outside, { data: rows(0, 20), at });
      store = killed.next;
      all.push(...asks(killed.calls));
    }
    const { world, outputs } = asking(store, outside, rows(0, 20));
    all.push(...asks((await go(world, outputs)).calls));
    expect(all).toHaveLength(20 + 3);
    expect(new Set(all).size).toBe(20);
  });

  test('in the middle of a forced redraw: it goes on with what it had drawn, and a later one draws anew', async () => {
    const outside = new Outside();
    const first = asking(memoryStore(), outside, rows(0, 10));
    await go(first.world, first.outputs);
    const killed = await killedAfter(first.world.store as MemoryStore, outside, {
      data: rows(0, 10),
      at: 6,
      force: true,
    });
    const { world, outputs } = asking(killed.next, outside, rows(0, 10));
    const on = await go(world, outputs, { force: ['answers'] });
    expect(asks(on.calls)).toHaveLength(4);
    const drawn = (await on.rows('answers')).map((row) => String(row['answer']).slice(-2));
    expect(drawn).toEqual(['#2', '#2', '#2', '#2', '#2', '#2', '#3', '#2', '#2', '#2']);
    expect(asks((await go(world, outputs, { force: ['answers'] })).calls)).toHaveLength(10);
  });
});

const PROGRAM = `
  import { appendFileSync } from 'node:fs';
  import { openStore } from '@millrace/arrow-store';
  import * as engine from '@millrace/core';
  import { go, kit, Outside } from './kit.js';
  const [root, side, rows, most] = process.argv.slice(2);
  let made = 0;
  const outside = new Outside();
  const world = { engine, outside, store: openStore(root) };
  const k = kit(engine, outside);
  const asked = k.rowStage(
    k.rows(Array.from({ length: Number(rows) }, (_, i) => ({ text: 't' + i }))),
    { from: 'text', into: 'answer', options: { concurrency: 3 } },
    { name: 'asked', nature: 'answered', answer: async (text) => {
      appendFileSync(side, text + '\\n');
      await new Promise((resolve) => setTimeout(resolve, ++made > most ? 2 ** 30 : 3));
      return { out: 'answer to ' + text };
    } },
  );
  const went = await go(world, { asked });
  console.log(JSON.stringify({ ended: went.outcome?.ended, rows: await went.rows('asked') }));
  await world.store.close();
`;

test('kill -9 of a process with a store of files: only calls in flight are asked again, and the end is the same', async () => {
  const [root, side] = [join(folder(), 'store'), join(folder(), 'side')];
  const calls = () => (existsSync(side) ? readFileSync(side, 'utf8').split('\n').slice(0, -1) : []);
  let kills = 0;
  for (const answered of [4, 7, 12]) {
    const before = calls().length;
    const { child, ended } = start(PROGRAM, { args: [root, side, '40', String(answered)] });
    while (child.exitCode === null && calls().length < before + answered + 3) await pause(1);
    child.kill('SIGKILL');
    if ((await ended) === 'SIGKILL') kills++;
  }
  const last = start(PROGRAM, { args: [root, side, '40', '40'] });
  expect(await last.ended).toBe(0);
  const { ended, rows } = JSON.parse(last.lines().at(-1) as string) as { ended: string; rows: Row[] };
  expect(ended).toBe('done');
  expect(rows).toEqual(Array.from({ length: 40 }, (_, i) => ({ text: `t${i}`, answer: `answer to t${i}` })));
  expect(kills).toBe(3);
  expect(new Set(calls()).size).toBe(40);
  expect(calls()).toHaveLength(40 + 3 * kills);
});

describe('stopped in another way', () => {
  test('by a budget: what was answered counts, a larger one goes on', async () => {
    const outside = new Outside();
    const { world, outputs } = asking(memoryStore(), outside, rows(0, 10));
    const some = await go(world, outputs, { maxCalls: 4 });
    expect([some.outcome?.ended, asks(some.calls).length]).toEqual(['stopped by budget', 4]);
    expect(asks((await go(world, outputs)).calls)).toHaveLength(6);
  });

  test('by a row that ends the stage, and by too many that fail', async () => {
    for (const [options, most] of [
      [{ onRowFailure: 'stop' }, 1],
      [{ stopAfter: 2 }, 2],
      [{ stopAfter: '20%' }, 2],
    ] as const) {
      const world = lab();
      const outputs = () => ({
        answers: world.k.asked(world.k.rows(rows(0, 10)), { from: 'text', into: 'answer', options }),
      });
      for (const n of [3, 5, 7, 8]) world.outside.failing.add(`t${n}`);
      const stopped = await go(world, outputs());
      expect(stopped.outcome?.ended).toBe('failed');
      expect(stopped.calls.length).toBe(most === 1 ? 3 : 4);
      world.outside.failing.clear();
      const on = await go(world, outputs());
      expect([...stopped.calls, ...on.calls].sort()).toEqual([...new Set([...stopped.calls, ...on.calls])].sort());
      expect(on.outcome?.ended).toBe('done');
    }
  });

  const slow = (world: ReturnType<typeof lab>, at4: () => void) =>
    world.k.rowStage(
      world.k.rows(rows(0, 10)),
      { from: 'text', into: 'answer', options: { concurrency: 2 } },
      {
        name: 'asked',
        nature: 'answered',
        answer: async (text, key) => {
          await Promise.resolve();
          if (text === 't4') at4();
          return { out: `${world.outside.answer(key, text)}` };
        },
      },
    );

  test('by a signal that takes no more work: what is in flight counts', async () => {
    const world = lab();
    const drain = new AbortController();
    const answers = slow(world, () => drain.abort());
    const stopped = await go(world, { answers }, { drain: drain.signal });
    expect(stopped.outcome?.ended).toBe('interrupted');
    expect(stopped.calls.length).toBeLessThan(10);
    expect([...stopped.calls, ...(await go(world, { answers })).calls]).toHaveLength(10);
  });

  test('by unsubscribing: only what was in flight is asked again', async () => {
    const world = lab();
    let stop = () => {};
    const answers = slow(world, () => stop());
    const events: RunEvent[] = [];
    const subscription = runGraph(
      graphOf({ answers }),
      {},
      { store: world.store, code: codeReader, base: '/' },
    ).subscribe({
      next: (event) => events.push(event),
    });
    stop = () => subscription.unsubscribe();
    while (!subscription.closed) await pause(1);
    const first = world.outside.take().calls;
    const second = await go(world, { answers });
    const all = [...first, ...second.calls, ...world.outside.take().calls];
    expect(second.outcome?.ended).toBe('done');
    expect(new Set(all).size).toBe(10);
    expect(all.length).toBeLessThanOrEqual(12);
    expect(first.length).toBeGreaterThan(0);
  });

  test('by another stage that fails: what is beside it counts', async () => {
    const world = lab();
    const q = world.k.rows(rows(0, 6));
    const outputs = {
      answers: world.k.asked(q, { from: 'text', into: 'answer' }),
      fails: world.k.asked(q, { from: 'text', into: 'x', with: 2, options: { onRowFailure: 'stop' } }),
    };
    world.outside.failing.add('t2');
    const first = await go(world, outputs);
    expect(first.outcome?.ended).toBe('failed');
    world.outside.failing.clear();
    const second = await go(world, outputs);
    const all = [...first.calls, ...second.calls];
    expect(all).toHaveLength(new Set(all).size);
    expect(second.outcome?.ended).toBe('done');
  });
});

interface Finishing {
  readonly accept: readonly string[];
  readonly asked?: string[];
  readonly finish?: (text: string) => string;
}

const finishOf = (text: string): string => (text.startsWith('t') ? 'stop' : text);

/** A model that is asked, with what it says in the row. */
function finishing(input: AnyTable, { accept, asked = [], finish = finishOf }: Finishing): AnyTable {
  const kind: Kind<{ accept: readonly string[] }> = {
    name: 'finishing',
    version: 1,
    nature: 'answered',
    work: {
      is: 'rows',
      reads: () => ({ text: 'text' }),
      answers: () => ({ answer: 'text', finish: 'text' }),
      call: () => ({ version: 1, config: null }),
      refuse: {
        reads: ['finish'],
        check: ({ finish }, config) =>
          finish === 'stop' || config.accept.includes(finish) ? undefined : `It is a ${finish}.`,
      },
      run: (given) =>
        given.map(({ text }) => {
          asked.push(text);
          if (text === 'unjust')
            throw Object.assign(new Error('never'), { failure: { message: 'never', permanent: true } });
          return { answer: `to ${text}`, finish: finish(text) };
        }),
    },
  };
  return stage({ kind, inputs: { rows: input }, config: { accept }, options: { retries: 0 } });
}

describe('errors, refusals and answers that were cut off are never remembered as answers', () => {
  test('an error is asked again the next time', async () => {
    const { world, outputs } = asking(memoryStore(), new Outside(), rows(0, 4));
    world.outside.failing.add('t1');
    const failed = await go(world, outputs);
    expect([failed.outcome?.ended, (await failed.rows('answers'))[1]]).toEqual([
      'failed rows',
      { text: 't1', answer: null },
    ]);
    expect((await go(world, outputs)).did['answers']).toBe('ran 1/4');
    world.outside.failing.clear();
    const mended = await go(world, outputs);
    expect([mended.outcome?.ended, asks(mended.calls).length]).toEqual(['done', 1]);
    expect((await mended.rows('answers'))[1]).toEqual({ text: 't1', answer: expect.stringContaining('t1') });
  });

  test('a refusal fails, is not bought again by the way, only when that is asked for; accepting it buys nothing', async () => {
    const world = lab();
    const asked: string[] = [];
    const data = world.k.rows([{ text: 't1' }, { text: 'refusal' }, { text: 'length' }]);
    const outputs = (accept: readonly string[] = []) => ({ it: finishing(data, { accept, asked }) });
    const first = await go(world, outputs());
    expect(first.outcome?.stages['it']).toMatchObject({ failedRows: 2 });
    expect((await first.rows('it')).map((row) => row['answer'])).toEqual(['to t1', null, null]);
    asked.length = 0;
    expect((await go(world, outputs())).outcome?.ended).toBe('failed rows');
    expect(asked).toEqual([]);
    await go(world, outputs(), { retryFailed: true });
    expect(asked).toEqual(['refusal', 'length']);
    asked.length = 0;
    const accepted = await go(world, outputs(['refusal', 'length']));
    expect([accepted.outcome?.ended, asked]).toEqual(['done', []]);
    expect((await accepted.rows('it')).map((row) => row['answer'])).toEqual(['to t1', 'to refusal', 'to length']);
    expect((await go(world, outputs(['length']))).outcome?.stages['it']).toMatchObject({ failedRows: 1 });
  });

  test('an answer that comes back to what it was before is the one that counts', async () => {
    const world = lab();
    const data = world.k.rows([{ text: 't1' }]);
    const said = ['short', 'long', 'short'];
    const outputs = (accept: readonly string[] = []) => ({
      it: finishing(data, { accept, finish: () => said.shift() ?? 'stop' }),
    });
    await go(world, outputs());
    for (let again = 0; again < 2; again++) await go(world, outputs(), { retryFailed: true });
    const accepted = await go(world, outputs(['short', 'long']));
    expect([accepted.calls, (await accepted.rows('it'))[0]?.['finish']]).toEqual([[], 'short']);
  });

  test('what would fail the same way again is a failed row until it is asked for again', async () => {
    const world = lab();
    const asked: string[] = [];
    const data = world.k.rows([{ text: 't1' }, { text: 'unjust' }]);
    const outputs = { it: finishing(data, { accept: [], asked }) };
    await go(world, outputs);
    asked.length = 0;
    const again = await go(world, outputs);
    expect([asked, again.outcome?.ended, (await again.rows('it'))[1]?.['answer']]).toEqual([[], 'failed rows', null]);
    await go(world, outputs, { retryFailed: true });
    expect(asked).toEqual(['unjust']);
  });
});

test('an answer is on the disk before it counts', async () => {
  const root = folder();
  const world = lab(openStore(root));
  const inJournals = () =>
    [...world.store.journals(identities[0] as string, 0)].reduce((sum, { frames }) => sum + frames.length, 0);
  const identities: string[] = [];
  const journal = world.store.journal.bind(world.store);
  const seen: number[] = [];
  const store = Object.assign(world.store, {
    journal: (identity: string, redraw: number) => {
      identities.push(identity);
      return journal(identity, redraw);
    },
  });
  const answers = world.k.asked(world.k.rows(rows(0, 5)), { from: 'text', into: 'answer' });
  const graph = world.engine.graphOf({ answers });
  await new Promise<void>((resolve, reject) =>
    world.engine
      .runGraph(graph, {}, { store, code: { read: () => ({ refused: { why: 'not found', detail: '' } }) }, base: '/' })
      .subscribe({
        next: (event) => {
          if (event.is === 'stage-progress') seen.push(event.done - inJournals());
        },
        complete: resolve,
        error: reject,
      }),
  );
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((ahead) => ahead > 0)).toEqual([]);
  await store.close();
});
