import { describe, expect, test } from '@jest/globals';
import { type Lock, memoryStore, type Store } from '@millrace/core';
import { go, Outside } from './kit.js';
import { lab } from './lab.js';

const ROWS = Array.from({ length: 12 }, (_, i) => ({ text: `t${i}` }));

/** The locks of a store, until they are lost: then the next who waits has them. */
function losing(store: Store, gone = false): { readonly store: Store; lose(): void } {
  const taken: Lock[] = [];
  const lost = new Set<Lock>();
  const lock = async (name: string, signal: AbortSignal): Promise<Lock> => {
    const real = await store.lock(name, signal);
    taken.push(real);
    return { held: () => !lost.has(real) && real.held(), release: () => real.release() };
  };
  const lose = () => {
    for (const real of taken) {
      lost.add(real);
      real.release();
    }
  };
  /** What it was writing was swept meanwhile. */
  const journal: Store['journal'] = (identity, redraw) => {
    const real = store.journal(identity, redraw);
    const append = (frame: Uint8Array) => {
      if (lost.size > 0 && gone) throw new Error('It is not there any more.');
      return real.append(frame);
    };
    return { ...real, append };
  };
  return { store: Object.assign(Object.create(store) as Store, { lock, journal }), lose };
}

/** Longer than a holder goes on without a look. */
const standStill = (): void => {
  const until = performance.now() + 300;
  while (performance.now() < until);
};

const ask = (store: Store, concurrency: number, answer: (text: string) => Promise<void>) => {
  const world = lab(store, new Outside());
  const answers = world.k.rowStage(
    world.k.rows(ROWS),
    { from: 'text', into: 'answer', options: { concurrency, retries: 2 } },
    { name: 'asked', nature: 'answered', answer: (text) => answer(text).then(() => ({ out: `to ${text}` })) },
  );
  return go(world, { answers });
};

describe('who was taken for dead and wakes', () => {
  test.each([
    ['', false],
    [', also where what it was writing is gone', true],
  ])('looks before the next call, waits for the other, and takes what it wrote%s', async (_, gone) => {
    const below = memoryStore();
    const { store, lose } = losing(below, gone);
    const calls: string[] = [];
    let other: ReturnType<typeof go> | undefined;
    const woken = await ask(store, 1, async (text) => {
      calls.push(`woken ${text}`);
      if (text !== 't3') return;
      other = ask(below, 1, async (each) => void calls.push(`other ${each}`));
      lose();
      await other;
      standStill();
    });
    expect(calls).toEqual([
      ...['t0', 't1', 't2', 't3'].map((text) => `woken ${text}`),
      ...ROWS.slice(3).map(({ text }) => `other ${text}`),
    ]);
    expect([woken.outcome?.ended, woken.did['answers']]).toEqual(['done', 'reused']);
    if (!gone) expect(woken.outcome?.cost.calls).toBe(4);
    expect(await woken.rows('answers')).toEqual(await (await other)?.rows('answers'));
  });

  test('makes no second try of a call, and asks itself what the other left when it died', async () => {
    const { store, lose } = losing(memoryStore());
    const calls: string[] = [];
    let tried = 0;
    const woken = await ask(store, 2, async (text) => {
      calls.push(text);
      if (text !== 't3' || tried++ > 0) return;
      lose();
      standStill();
      calls.push('lost');
      throw new Error('not now');
    });
    expect(calls.filter((text) => text === 't3')).toHaveLength(2);
    expect([...new Set(calls)].length).toBe(ROWS.length + 1);
    expect(calls).toHaveLength(ROWS.length + 2);
    expect([woken.outcome?.ended, woken.did['answers']]).toEqual(['done', expect.stringMatching(/^ran/)]);
  });
});
