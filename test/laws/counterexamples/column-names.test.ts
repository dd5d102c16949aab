import { describe, expect, test } from '@jest/globals';
import { type AnyTable, type Kind, memoryStore, type Row, type Store, stage, type Value } from '@millrace/core';
import { go, Outside } from '../kit.js';
import { lab } from '../lab.js';

/** Names that stand for something else beside the columns of a table. */
const NAMES = ['#rows', '#failed', '#splits', '#notes', '#error', '##rows', '__proto__', 'constructor'];

const source = (rows: readonly Row[]): AnyTable => {
  const kind: Kind<{ rows: readonly Row[] }> = {
    name: 'two splits',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      run: async ({ config }) => ({
        main: { rows: [config.rows], splits: [['one', 1] as const, ['rest', 2] as const] },
      }),
    },
  };
  return stage<AnyTable, { rows: readonly Row[] }>({ kind, config: { rows } });
};

/** All that a stage sees of a table, rows that failed left out. */
const seen = (rows: AnyTable): Value => {
  const kind: Kind = {
    name: 'seen',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'value' }),
      partial: () => true,
      run: async ({ inputs: { rows } }) => {
        const all = rows?.is === 'table' ? await rows.all() : [];
        return { main: { value: all.map((row) => JSON.stringify(Object.entries(row).sort())) } };
      },
    },
  };
  return stage<Value>({ kind, inputs: { rows } });
};

const outside = () => {
  const made = new Outside();
  made.failing.add('b');
  return made;
};

describe.each(NAMES)('a column that is called %s', (name) => {
  const build = (world: ReturnType<typeof lab>, said: string) => {
    const data = ['c', 'b', 'a'].map((text) =>
      Object.fromEntries([
        ['text', text],
        [name, `${said} of ${text}, and more`],
      ]),
    );
    const answers = world.k.asked(source(data), { from: 'text', into: 'answer' });
    return { all: seen(answers), sorted: world.k.sort(answers, { by: 'text', partial: true }) };
  };
  const run = async (store: Store, said: string) => {
    const world = lab(store, outside());
    const went = await go(world, build(world, said));
    return [went.value('all'), (await went.rows('sorted')).map((row) => Object.entries(row).sort())];
  };

  test('is read anew when it is edited', async () => {
    const store = memoryStore();
    await run(store, 'first');
    expect(await run(store, 'second')).toEqual(await run(memoryStore(), 'second'));
  });

  test('comes of a function as any other', async () => {
    const kind: Kind = {
      name: 'gives it',
      version: 1,
      nature: 'pure',
      work: {
        is: 'rows',
        reads: () => ({ text: 'text' }),
        answers: () => ({}),
        run: (rows) => rows.map(({ text }) => Object.fromEntries([[name, `${text}, and some more of it`]])),
      },
    };
    const it = stage<AnyTable>({ kind, inputs: { rows: source([{ text: 'a' }, { text: 'b' }, { text: 'c' }]) } });
    const [first] = await (await go(lab(), { it })).rows('it');
    expect(Object.entries(first as Row)).toEqual([
      ['text', 'a'],
      [name, 'a, and some more of it'],
    ]);
  });
});
