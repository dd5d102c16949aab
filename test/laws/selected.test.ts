import { expect, test } from '@jest/globals';
import { type AnyTable, type Kind, stage, type TableOutput, TableReader } from '@millrace/core';
import { stack } from '@millrace/stages';
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

const named = (texts: readonly string[], splits: readonly (readonly [string, number])[]): AnyTable => {
  const kind: Kind = {
    name: 'named',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      run: async () => ({ main: { rows: [texts.map((text) => ({ text }))], splits } }),
    },
  };
  return stage({ kind, config: { texts, splits } });
};

test('the names of runs of rows go on where rows are left out, and where they come more than once', async () => {
  const world = lab();
  const rows = named(
    ['a', 'bb', 'ccc', 'dd', 'ee'],
    [
      ['one', 3],
      ['other', 2],
    ],
  );
  const went = await go(world, {
    even: world.k.filter(rows, { from: 'text', into: 'x' }),
    letters: world.k.explode(rows, { from: 'text', into: 'letter' }),
  });
  expect(went.outputs.get('even')).toMatchObject({
    rows: 3,
    splits: [
      ['one', 1],
      ['other', 2],
    ],
  });
  expect(went.outputs.get('letters')).toMatchObject({
    rows: 10,
    splits: [
      ['one', 6],
      ['other', 4],
    ],
  });
});

test('rows that failed are the same rows in a stack of tables', async () => {
  const world = lab();
  world.outside.failing.add('b');
  const asked = (texts: readonly string[]) => world.k.asked(named(texts, []), { from: 'text', into: 'out' });
  const went = await go(world, { it: stack([asked(['a', 'b']), asked(['c', 'd', 'b'])]) });
  const reader = new TableReader(went.outputs.get('it') as TableOutput, world.store);
  expect((await reader.failures()).map(({ row }) => row)).toEqual([1, 4]);
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
