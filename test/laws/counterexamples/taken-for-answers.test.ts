import { expect, test } from '@jest/globals';
import { type AnyTable, acceptedRows, answerRequests, type Kind, memoryStore, type Store, stage } from '@millrace/core';
import { go } from '../kit.js';
import { type Lab, lab, printsOf } from '../lab.js';
import { killed } from './world.js';

/** Asks by request; the answer to `bad` is an error whenever it is asked. */
function told(world: Lab, texts: readonly string[]): { it: AnyTable } {
  const kind: Kind = {
    name: 'told',
    version: 1,
    nature: 'answered',
    work: {
      is: 'rows',
      reads: () => ({ text: 'text' }),
      answers: () => ({ out: 'text' }),
      request: ({ text }) => ({ ask: text }),
      call: () => ({ version: 1, config: null }),
      run: (rows) =>
        rows.map(({ text }) => {
          world.outside.answer(String(text), text);
          if (text === 'bad')
            throw Object.assign(new Error('too long'), { failure: { message: 'too long', permanent: true } });
          return { out: `to ${text}` };
        }),
    },
  };
  return {
    it: stage({ kind, inputs: { rows: world.k.rows(texts.map((text) => ({ text }))) }, options: { retries: 0 } }),
  };
}

test('a remembered failure is no answer to whoever asks the same outside of a pipeline', async () => {
  const world = lab();
  await go(world, told(world, ['good', 'bad']));
  const call = { kind: 'told', call: { version: 1, config: null }, code: null, world: null, roles: [], side: {} };
  const of = { call, answers: { out: 'text' }, noted: true, store: world.store } as const;
  const requests = ['bad', 'good', 'bad'].map((ask) => ({ ask }));
  const given = await answerRequests(requests, of, async (missing) => missing.map((i) => ({ out: `anew ${i}` })));
  expect(given.rows.map((row) => row['out'])).toEqual(['anew 0', 'to good', 'anew 0']);
  expect((await answerRequests(requests, of, async () => [])).asked).toBe(0);
});

test('after a kill, what failed is looked for among the answers that stand in a journal only', async () => {
  const first = lab();
  await go(first, told(first, ['a']));
  const { world } = await killed(first, told(first, ['a', 'b', 'bad', 'c', 'd']), { at: 3 });
  const went = await go(world, told(world, ['a', 'b', 'bad', 'c', 'd']), { retryFailed: true });
  expect([went.error, went.outcome?.ended]).toEqual([undefined, 'failed rows']);
  expect(went.calls).toEqual(expect.arrayContaining(['bad', 'd']));
  expect(went.calls).not.toEqual(expect.arrayContaining(['a']));
});

test('rows that count only as long as a change is accepted are not written under what was changed', async () => {
  const world = lab();
  const of = (code: string, from: number, to: number) => {
    const rows = Array.from({ length: to - from }, (_, n) => ({ text: `text ${from + n}` }));
    return { it: world.k.pure(world.k.rows(rows), { from: 'text', into: 'out', code }) };
  };
  const identityOf = async (outputs: { it: AnyTable }) =>
    world.store.entry((await printsOf(outputs))['it'] as string)?.rows?.identity as string;
  await go(world, of('old', 0, 6000));
  await go(world, of('new', 0, 1));
  const [before, after] = [await identityOf(of('old', 0, 6000)), await identityOf(of('new', 0, 1))];
  world.store.putFact(acceptedRows(after), before);
  expect((await go(world, of('new', 0, 2000))).calls).toEqual([]);
  world.store.putFact(acceptedRows(after), null);
  expect((await go(world, of('new', 0, 1999))).calls).toHaveLength(1998);
});

test('of the rows that are accepted, those of a killed redraw give way to finished ones', async () => {
  const first = lab(memoryStore());
  const of = ({ k }: Lab, code: string) => ({
    it: k.asked(k.rows(['a', 'b', 'c'].map((text) => ({ text }))), { from: 'text', into: 'out', code }),
  });
  const identityIn = async (store: Store, outputs: { it: AnyTable }) =>
    store.entry((await printsOf(outputs))['it'] as string)?.rows?.identity as string;
  await go(first, of(first, 'old'));
  const { world } = await killed(first, of(first, 'old'), { at: 2, asked: { force: ['it'] } });
  // A run that needs one of the rows puts what the killed one had answered in segments.
  const more = { it: world.k.asked(world.k.rows([{ text: 'a' }]), { from: 'text', into: 'out', code: 'old' }) };
  await go(world, more);
  await go(world, { it: world.k.asked(world.k.rows([{ text: 'd' }]), { from: 'text', into: 'out', code: 'new' }) });
  const d = { it: world.k.asked(world.k.rows([{ text: 'd' }]), { from: 'text', into: 'out', code: 'new' }) };
  world.store.putFact(acceptedRows(await identityIn(world.store, d)), await identityIn(world.store, of(world, 'old')));
  const went = await go(world, of(world, 'new'));
  expect([went.calls, (await went.rows('it')).map((row) => String(row['out']).at(-1))]).toEqual([[], ['1', '1', '1']]);
});
