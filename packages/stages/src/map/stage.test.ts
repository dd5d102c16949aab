import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { map } from './stage.js';

const rows = rowsSource([
  { id: 'a', value: 1, other: 'x' },
  { id: 'b', value: 2, other: 'y' },
]);

describe('map', () => {
  test('sees only what it reads, by its declaration or by how it takes its row apart', async () => {
    const seen: object[] = [];
    const look = (row: object): { n: number } => ({ n: seen.push(row) });
    const declared = map(rows, { reads: ['value'], version: 1, run: (row) => look(row) });
    const apart = map(rows, { version: 2, run: ({ id }) => look({ id }) });
    await runOn(memoryStore(), { declared });
    expect(seen).toEqual([{ value: 1 }, { value: 2 }]);
    const store = memoryStore();
    await runOn(store, { apart });
    expect(
      Object.keys([...store.entries()].find((e) => e.label !== '2 rows in code')?.inputs.rows ?? {}).sort(),
    ).toEqual(['#rows', 'id']);
  });

  test('opens its handles once, closes them, and keeps them out of the key', async () => {
    const store = memoryStore();
    const log: string[] = [];
    const opened = (name: string) => ({
      out: map(rows, {
        reads: ['value'],
        version: 1,
        open: () => {
          log.push(`open ${name}`);
          return { factor: 10 };
        },
        close: () => void log.push(`close ${name}`),
        run: ({ value }, _given, { factor }) => ({ times: value * factor }),
      }),
    });
    expect(await (await runOn(store, opened('one'))).out.out.column('times')).toEqual([10, 20]);
    expect((await runOn(store, opened('two'))).did.out).toBe('reused');
    expect(log).toEqual(['open one', 'close one']);
  });

  test('its config is in the key', async () => {
    const store = memoryStore();
    const times = (by: number) => ({
      out: map(rows, {
        reads: ['value'],
        version: 1,
        with: { by },
        run: ({ value }, given) => ({ times: value * given.by }),
      }),
    });
    await runOn(store, times(2));
    expect((await runOn(store, times(2))).did.out).toBe('reused');
    const changed = await runOn(store, times(3));
    expect(changed.did.out).toBe('ran 2 of 2');
    expect(await changed.out.out.column('times')).toEqual([3, 6]);
  });

  test('a row that throws is a failed row, the others go on, and the next run tries just that one', async () => {
    const store = memoryStore();
    let broken = true;
    const once = () => ({
      out: map(rows, {
        reads: ['id'],
        version: 1,
        run: ({ id }) => {
          if (broken && id === 'b') throw new Error('not today');
          return { upper: id.toUpperCase() };
        },
      }),
    });
    const first = await runOn(store, once());
    expect(first.out.outcome.ended).toBe('failed rows');
    expect(await first.out.out.failures()).toEqual([{ row: 1, message: 'not today', permanent: false }]);
    broken = false;
    const second = await runOn(store, once());
    expect(second.did.out).toBe('ran 1 of 2');
    expect(await second.out.out.column('upper')).toEqual(['A', 'B']);
  });
});
