import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { chunk } from './stage.js';

const of = (...texts: (string | null)[]) =>
  source.rows(
    texts.map((text, id) => ({ id, text: text as string })),
    { columns: { id: 'float', text: 'text' } },
  );

describe('chunk', () => {
  test('a row for each piece, with its place; a null has none', async () => {
    const t = chunk(of('abcdef', null, 'gh'), { from: 'text', by: 'characters', size: 4, start: 'from', end: 'to' });
    const { out } = await runOn(memoryStore(), { t });
    expect(await out.t.all()).toEqual([
      { id: 0, text: 'abcdef', chunk: 'abcd', from: 0, to: 4 },
      { id: 0, text: 'abcdef', chunk: 'ef', from: 4, to: 6 },
      { id: 2, text: 'gh', chunk: 'gh', from: 0, to: 2 },
    ]);
  });

  test('an edited document is cut again, the others are not; naming the columns otherwise cuts none', async () => {
    const store = memoryStore();
    const cut = (texts: string[], into = 'chunk') =>
      chunk(of(...texts), { from: 'text', size: 5, into: into as 'chunk', id: 'key' });
    expect((await runOn(store, { t: cut(['One. Two.', 'Three.']) })).did['t']).toBe('ran 2 of 2');
    expect((await runOn(store, { t: cut(['One. Two.', 'Four.']) })).did['t']).toBe('ran 1 of 2');
    expect((await runOn(store, { t: cut(['One. Two.', 'Four.'], 'piece') })).did['t']).toBe('ran 0 of 2');
  });

  test('a column that is no text is refused before anything runs', async () => {
    await expect(runOn(memoryStore(), { t: chunk(of('a'), { from: 'id' as 'text' }) })).rejects.toThrow(
      /chunk reads the text of column id, but the column is float64/,
    );
  });

  test('an overlap as large as its chunk is refused when it is declared', () => {
    expect(() => chunk(of('a'), { from: 'text', size: 5, overlap: 5 })).toThrow(
      /overlap of chunk must be smaller than size/,
    );
  });
});
