import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type AnyTable, type Lock, memoryStore, type Row, type Store } from '@millrace/core';
import { type Child, start } from './children.js';
import { folder } from './files.js';
import { go, Outside } from './kit.js';
import { type Lab, lab } from './lab.js';

/** A process that runs a pipeline over some rows and writes a line for each call it makes. */
const PROGRAM = `
  import { appendFileSync } from 'node:fs';
  import { openStore } from '@millrace/arrow-store';
  import * as engine from '@millrace/core';
  import { go, kit, Outside } from './kit.js';
  const [root, side, from, to, wait, limit, most] = process.argv.slice(2);
  let made = 0;
  const outside = new Outside();
  const store = openStore(root);
  const k = kit(engine, outside);
  const asked = (input, c, name, nature) => k.rowStage(input, c, { name, nature, answer: async (text) => {
    appendFileSync(side, name + ' ' + text + '\\n');
    await new Promise((resolve) => setTimeout(resolve, ++made > most ? 2 ** 30 : Number(wait)));
    return { out: name + ' ' + text };
  } });
  const rows = Array.from({ length: to - from }, (_, i) => ({ text: 'a text of more than sixteen bytes ' + (Number(from) + i) }));
  const q = k.rows(rows);
  const answers = asked(q, { from: 'text', into: 'answer', options: { concurrency: 2 } }, 'asked', 'answered');
  const outputs = { q, answers, parsed: asked(answers, { from: 'answer', into: 'p', with: limit }, 'parsed', 'pure'),
    sorted: k.sort(answers, { by: 'answer' }), grouped: k.group(answers, { by: 'answer' }), model: k.train(answers, { by: 'answer' }) };
  console.log('begun');
  const went = await go({ engine, outside, store }, outputs, { need: 'all' });
  const read = {};
  for (const name of ['answers', 'parsed', 'sorted', 'grouped']) read[name] = await went.rows(name).catch((error) => error.message);
  console.log(JSON.stringify({ ended: went.outcome?.ended, error: went.error?.message, did: went.did, read }));
  await store.close();
`;

interface Told {
  readonly ended: string;
  readonly error?: string;
  readonly did: Readonly<Record<string, string>>;
  readonly read: Readonly<Record<string, readonly Row[]>>;
}

const told = async ({ ended, lines, errors }: Child): Promise<Told> => {
  const code = await ended;
  if (code !== 0) throw new Error(`${code}\n${errors()}`);
  return JSON.parse(lines().at(-1) as string) as Told;
};

function together() {
  const [root, side] = [join(folder(), 'store'), join(folder(), 'side')];
  const begin = (from: number, to: number, { wait = 3, limit = 0, most = 1000 } = {}) =>
    start(PROGRAM, { args: [root, side, from, to, wait, limit, most].map(String) });
  const calls = () => (existsSync(side) ? readFileSync(side, 'utf8').split('\n').slice(0, -1) : []);
  return { root, begin, calls };
}

const expected = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, i) => {
    const text = `a text of more than sixteen bytes ${from + i}`;
    return { text, answer: `asked ${text}`, p: `parsed asked ${text}` };
  });

describe('processes that share a store', () => {
  test('with one pipeline: each stage runs once, each row is asked once, and all have the same', async () => {
    const { begin, calls } = together();
    const all = await Promise.all([1, 2, 3].map(() => told(begin(0, 30))));
    expect(calls()).toHaveLength(new Set(calls()).size);
    expect(calls().filter((call) => call.startsWith('asked'))).toHaveLength(30);
    for (const { ended, read } of all) expect([ended, read['parsed']]).toEqual(['done', expected(0, 30)]);
    const ran = (stage: string) => all.filter(({ did }) => did[stage]?.startsWith('ran')).length;
    expect([ran('q'), ran('answers'), ran('parsed'), ran('sorted'), ran('model')]).toEqual([1, 1, 1, 1, 1]);
  });

  test('with rows that overlap: what they share is asked once', async () => {
    const { begin, calls } = together();
    const spans = [
      [0, 20],
      [10, 30],
      [5, 25],
    ] as const;
    const all = await Promise.all(spans.map(([from, to]) => told(begin(from, to))));
    expect(calls()).toHaveLength(new Set(calls()).size);
    for (const [i, [from, to]] of spans.entries()) expect(all[i]?.read['parsed']).toEqual(expected(from, to));
  });

  test('of which one is killed: it blocks nobody, and only what it had in flight is asked again', async () => {
    const { begin, calls } = together();
    const holder = begin(0, 30, { most: 8 });
    while (calls().length < 8) await pause(1);
    const other = begin(0, 30);
    await other.said('begun');
    await pause(30);
    holder.child.kill('SIGKILL');
    expect(await holder.ended).toBe('SIGKILL');
    const { ended, error, read } = await told(other);
    expect([ended, error, read['parsed']]).toEqual(['done', undefined, expected(0, 30)]);
    expect(calls().length - new Set(calls()).size).toBeLessThanOrEqual(2);
  });

  test('and one that sweeps without a pause: nothing that another uses is gone, every read is right', async () => {
    const { root, begin } = together();
    const sweeper = openStore(root);
    let over = false;
    let swept = 0;
    const sweeping = (async () => {
      for (let n = 0; !over || n < 20; n++) {
        await sweeper.putBytes(Buffer.from(`nobody wants ${n}`));
        swept += sweeper.gc({ graceMs: 0 }).objects.length;
        await pause(2);
      }
    })();
    const all = await Promise.all([0, 7, 14].map((from) => told(begin(from, from + 20, { limit: from, wait: 1 }))));
    over = true;
    await sweeping;
    for (const [i, from] of [0, 7, 14].entries())
      expect([all[i]?.ended, all[i]?.read['parsed']]).toEqual(['done', expected(from, from + 20)]);
    await sweeper.close();
    expect(swept).toBeGreaterThan(10);
  });
});

describe.each([
  ['memory', () => memoryStore()],
  ['files', () => openStore(folder())],
])('runs at once within a process, on a store of %s', (_, open) => {
  test('share every stage and row: nothing is called twice', async () => {
    const store = open();
    const calls: string[] = [];
    const runs = Array.from({ length: 4 }, (_unused, i) => {
      const outside = new Outside();
      const world = lab(store, outside);
      const answers = world.k.rowStage(
        world.k.rows(Array.from({ length: 12 }, (_each, n) => ({ text: `t${n + i}` }))),
        { from: 'text', into: 'answer', options: { concurrency: 3 } },
        {
          name: 'slow',
          nature: 'answered',
          answer: async (text) => {
            await pause(1);
            calls.push(text);
            return { out: `to ${text}` };
          },
        },
      );
      return go(world, { answers, count: world.k.count(answers, { by: 'answer' }) });
    });
    const all = await Promise.all(runs);
    expect(all.map(({ outcome }) => outcome?.ended)).toEqual(['done', 'done', 'done', 'done']);
    expect(calls.sort()).toEqual([...new Set(calls)].sort());
    expect(calls).toHaveLength(15);
    for (const [i, went] of all.entries())
      expect((await went.rows('answers'))[0]).toEqual({ text: `t${i}`, answer: `to t${i}` });
    await store.close();
  });

  test('with one slot each and stages in opposite order: neither waits for ever', async () => {
    const store = open();
    const build = (turned: boolean) => {
      const world = lab(store);
      const slow = (name: string) =>
        world.k.rowStage(
          world.k.rows([{ text: name }]),
          { from: 'text', into: 'answer', with: name },
          { name, nature: 'answered', answer: (text) => pause(5, { out: text }) },
        );
      const [a, b] = [slow('a'), slow('b')];
      const outputs = turned ? { b, a } : { a, b };
      return go(world, outputs, { stages: 1, seed: turned ? 7 : 1 });
    };
    const all = await Promise.all([build(false), build(true), build(false), build(true)]);
    expect(all.map(({ outcome }) => outcome?.ended)).toEqual(['done', 'done', 'done', 'done']);
    await store.close();
  });
});

describe('stages of one run', () => {
  const slow = (wait: number) => {
    const world = lab();
    const { k } = world;
    const source = k.rows([{ text: 'a' }]);
    const stages = Object.fromEntries(
      [1, 2, 3, 4].map((n) => [
        `s${n}`,
        k.rowStage(
          source,
          { from: 'text', into: `o${n}` },
          { name: `slow${n}`, nature: 'pure', answer: () => pause(wait, { out: `${n}` }) },
        ),
      ]),
    );
    return { world, stages };
  };

  test('lock what they are about to do, and nothing that waits for its turn', async () => {
    const { world, stages } = slow(10);
    const [held, most] = [new Set<string>(), [] as number[]];
    const store = Object.assign(Object.create(world.store) as typeof world.store, {
      lock: async (name: string, signal: AbortSignal) => {
        const lock = await world.store.lock(name, signal);
        most.push(held.add(name).size);
        const release = () => {
          held.delete(name);
          lock.release();
        };
        return { held: () => lock.held(), release };
      },
    });
    expect((await go({ ...world, store }, stages, { stages: 1 })).outcome?.ended).toBe('done');
    expect([most.length, Math.max(...most)]).toEqual([5, 1]);
  });

  test('that wait for a lock of others give their turn to the next', async () => {
    const { world, stages } = slow(10);
    const lock = await lockOf('s1', { world, stages });
    let others = 3;
    const store = Object.assign(Object.create(world.store) as Store, {
      commit: (...committed: Parameters<Store['commit']>) => {
        if (--others === 0) setImmediate(() => lock.release());
        return world.store.commit(...committed);
      },
    });
    const run = go({ ...world, store }, stages, { stages: 1 });
    const { events } = await run;
    const after = events.slice(events.findIndex((event) => event.is === 'stage-waiting'));
    const finished = after.flatMap((event) => (event.is === 'stage-finished' ? [event.stage] : []));
    expect(finished.length).toBeGreaterThan(1);
    expect(finished.at(-1)).toBe('s1');
  });

  describe.each([1, 2, 3, 4])('that had to wait, in order %d,', (seed) => {
    /** One waits for a lock, gets it while the only turn is another's, and would go on. */
    const waiting = async () => {
      const world = lab();
      const drain = new AbortController();
      const source = world.k.rows([{ text: 'a' }]);
      const [asked, answer] = [once(), once()];
      const given = () =>
        asked
          .now()
          .then(() => answer.is)
          .then(() => ({ out: 'x' }));
      const of = { name: 'slow', nature: 'pure', answer: given } as const;
      const stages = {
        waits: world.k.sort(source, { by: 'text' }),
        slow: world.k.rowStage(source, { from: 'text', into: 'out' }, of),
      };
      const lock = await lockOf('waits', { world, stages });
      const run = go(world, stages, { stages: 1, seed, drain: drain.signal });
      await asked.is;
      lock.release();
      await pause(50);
      return { world, drain, answer, run };
    };

    test('go on when it is their turn again', async () => {
      const { world, answer, run } = await waiting();
      expect(world.outside.calls).toEqual([]);
      await answer.now();
      expect((await run).calls).toEqual([expect.stringMatching(/^sort/)]);
    });

    test('do not begin once the run is to end', async () => {
      const { drain, answer, run } = await waiting();
      drain.abort();
      await answer.now();
      expect((await run).calls).toEqual([]);
    });
  });
});

/** Something that happens once, and those who wait for it. */
function once(): { readonly is: Promise<void>; now(): Promise<void> } {
  let happens: () => void = () => undefined;
  const is = new Promise<void>((resolve) => {
    happens = resolve;
  });
  const now = () => {
    happens();
    return is;
  };
  return { is, now };
}

/** The lock of a stage, taken as another run would take it. */
async function lockOf(
  name: string,
  { world, stages }: { world: Lab; stages: Record<string, AnyTable> },
): Promise<Lock> {
  let locked = 0;
  return new Promise((resolve, reject) => {
    const store = Object.assign(Object.create(world.store) as Store, {
      lock: async (about: string, signal: AbortSignal) => {
        const lock = await world.store.lock(about, signal);
        // The first is the source's.
        if (locked++ === 0) return lock;
        resolve(lock);
        throw new Error('taken by somebody else');
      },
    });
    go({ ...world, store }, { [name]: stages[name] as AnyTable }).catch(reject);
  });
}
