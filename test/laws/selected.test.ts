import { expect, test } from '@jest/globals';
import { type AnyTable, type Kind, stage } from '@millrace/core';
import { go } from './kit.js';
import { type Lab, lab } from './lab.js';

test('of rows that failed, what is added to them and the names of their runs go with them', async () => {
  const kind: Kind = {
    name: 'parted',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      partial: () => true,
      parts: () => ({ main: 'table' }),
      run: async () => ({
        main: {
          select: Int32Array.of(3, 1, 2, 0),
          from: 'rows',
          add: [3, 1, 2, 0].map((was) => ({ was })),
          splits: [['one', 2] as const, ['other', 2] as const],
        },
      }),
    },
  };
  const world = lab();
  world.outside.failing.add('b');
  const rows = world.k.asked(world.k.rows(['a', 'b', 'c', 'd'].map((text) => ({ text }))), {
    from: 'text',
    into: 'out',
  });
  const went = await go(world, { it: stage({ kind, inputs: { rows } }) });
  expect((await went.rows('it')).map(({ text, was }) => [text, was])).toEqual([
    ['d', 3],
    ['c', 2],
    ['a', 0],
  ]);
  expect(went.outputs.get('it')).toMatchObject({
    rows: 3,
    splits: [
      ['one', 1],
      ['other', 2],
    ],
  });
});

/** Gives just the rows asked for, whatever they are. */
const select = ({ k }: Lab, rows: readonly number[]): AnyTable => {
  const kind: Kind = {
    name: 'these',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      run: async () => ({ main: { select: Int32Array.from(rows), from: 'rows' } }),
    },
  };
  const sorted = k.sort(k.rows([{ text: 'b' }, { text: 'a' }, { text: 'c' }]), { by: 'text' });
  return stage({ kind, config: { rows }, inputs: { rows: sorted } });
};

test('rows are selected by their numbers, also of a table that is a selection itself', async () => {
  const world = lab();
  const went = await go(world, { it: select(world, [2, 0, 0]) });
  expect((await went.rows('it')).map(({ text }) => text)).toEqual(['c', 'a', 'a']);
});

test.each([[3], [-1]])('row %d of three is a mistake of the kind, and no other row comes instead', async (row) => {
  const world = lab();
  const went = await go(world, { it: select(world, [0, row]) });
  expect(went.events.find((event) => event.is === 'stage-failed')?.error.message).toBe(
    `BUG: these selects row ${row} of rows, which has 3 rows.`,
  );
});
