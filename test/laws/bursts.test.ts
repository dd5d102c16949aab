import { expect, test } from '@jest/globals';
import { type AnyTable, type Kind, type Row, type RowsWork, stage } from '@millrace/core';
import { rowsSource } from '@millrace/stages';
import { go } from './kit.js';
import { lab } from './lab.js';

const ROWS = 20_000;

/** A function that answers at once, and is slow so now and then that the others get their turn in the midst of a block. */
const doubled = (asked: number[]): Kind => ({
  name: 'doubled',
  version: 1,
  nature: 'pure',
  work: {
    is: 'rows',
    reads: () => ({ n: 'n' }),
    answers: () => ({ twice: 'float64' }),
    run: (rows) =>
      rows.map((row) => {
        const n = row['n'] as number;
        asked.push(n);
        if (n % 3000 === 0) busyFor(25);
        return { twice: 2 * n };
      }),
  },
});

function busyFor(ms: number): void {
  const started = performance.now();
  while (performance.now() - started < ms);
}

test.each([1, 2, 7])('rows that are answered at once are asked once each, %d at a time', async (concurrency) => {
  const rows: Row[] = Array.from({ length: ROWS }, (_, n) => ({ n }));
  const asked: number[] = [];
  const it = stage<AnyTable>({ kind: doubled(asked), inputs: { rows: rowsSource(rows) }, options: { concurrency } });
  const went = await go(lab(), { it });
  expect(went.outcome?.ended).toBe('done');
  expect(asked.sort((a, b) => a - b)).toEqual(rows.map(({ n }) => n));
  expect((await went.rows('it')).every(({ n, twice }) => twice === 2 * (n as number))).toBe(true);
});

test('calls that wait are no calls that nobody answered', async () => {
  const kind: Kind = {
    ...doubled([]),
    work: {
      ...(doubled([]).work as RowsWork),
      run: async (rows: readonly Row[]) => {
        await new Promise(setImmediate);
        const n = rows[0]?.['n'] as number;
        if (n === 0) throw Object.assign(new Error('nobody'), { failure: { message: 'nobody', unanswered: true } });
        return [{ twice: 2 * n }];
      },
    },
  };
  const rows = rowsSource(Array.from({ length: 20 }, (_, n) => ({ n })));
  const went = await go(lab(), { it: stage<AnyTable>({ kind, inputs: { rows }, options: { concurrency: 4 } }) });
  expect(went.outcome?.stages['it']).toMatchObject({ status: 'ran', rows: 20, failedRows: 1 });
});
