import { describe, expect, test } from '@jest/globals';
import { type AnyTable, type Kind, type Row, stage, type TableOutput } from '@millrace/core';
import { CAMPAIGN } from '../campaign.js';
import { go, type Kit } from './kit.js';
import { type Lab, lab } from './lab.js';

const ROWS = 200;
const LONG = 'x'.repeat(80);

/** Rows below `edited` differ from those of the first edition. */
const edition = (edited: number): Row[] =>
  Array.from({ length: ROWS }, (_, n) => ({ text: `${n}${n < edited ? ' edited' : ''} ${LONG}${'y'.repeat(n % 5)}` }));

const STAGES: Readonly<Record<string, (k: Kit, rows: AnyTable) => AnyTable>> = {
  'one row each': (k, rows) => k.pure(rows, { from: 'text', into: 'out' }),
  'with notes': (k, rows) => k.asked(rows, { from: 'text', into: 'out' }),
  'several rows each, or none': (k, rows) => k.explode(rows, { from: 'text', into: 'out' }),
  'no columns, rows left out': (k, rows) => k.filter(rows, { from: 'text', into: 'out' }),
};

/** In the normal run the two that differ most. */
const MET = Object.entries(STAGES).filter((_, i) => CAMPAIGN !== 'short' || i % 2 === 1);

describe.each(MET)('a table edited a hundred times, answers of %s', (_, stage) => {
  test('stands in few segments, asks just the edited rows, and is what one run from nothing makes', async () => {
    const { k, ...world } = lab();
    const run = (edited: number) => go(world, { out: stage(k, k.rows(edition(edited))) });
    const fromNothing = async (edited: number) => {
      const fresh = lab();
      const went = await go(fresh, { out: stage(fresh.k, fresh.k.rows(edition(edited))) });
      return went.rows('out');
    };
    const segments: number[] = [];
    for (let edited = 0; edited <= ROWS; edited += 2) {
      const went = await run(edited);
      expect(went.calls).toHaveLength(edited === 0 ? ROWS : 2);
      const most = Math.max(...(went.outputs.get('out') as TableOutput).groups.map((group) => group.segments.length));
      // It was written anew.
      if (most < (segments.at(-1) ?? 0)) expect(await went.rows('out')).toEqual(await fromNothing(edited));
      segments.push(most);
    }
    expect(Math.max(...segments)).toBeGreaterThan(30);
    expect(Math.max(...segments)).toBeLessThanOrEqual(64);

    expect(await (await run(ROWS)).rows('out')).toEqual(await fromNothing(ROWS));
    // What was written anew is remembered as well as what it stood in: an older edition asks nothing.
    expect((await run(ROWS / 2)).calls).toEqual([]);
  });
});

/** What it gives differs from row to row: its columns are found from the values. */
const found = (world: Lab): Kind => ({
  name: 'found',
  version: 1,
  nature: 'pure',
  work: {
    is: 'rows',
    reads: () => ({ text: 'text' }),
    answers: () => ({}),
    run: (rows) =>
      rows.map(({ text }) => {
        world.outside.answer(`found ${text}`, text);
        return String(text).includes('edited') ? { edited: { of: text } } : { length: String(text).length };
      }),
  },
});

test('answers whose columns differ are what one run from nothing makes, in however many segments they stand', async () => {
  const run = (world: Lab, edited: number) =>
    go(world, { out: stage<AnyTable>({ kind: found(world), inputs: { rows: world.k.rows(edition(edited)) } }) });
  const world = lab();
  for (let edited = 0; edited < ROWS; edited += 2)
    expect((await run(world, edited)).calls).toHaveLength(edited === 0 ? ROWS : 2);
  const last = await run(world, ROWS - 2);
  expect(await last.rows('out')).toEqual(await (await run(lab(), ROWS - 2)).rows('out'));
});

test('of an edited table only the edited rows are written', async () => {
  const world = lab();
  const segments = async (edited: number) => {
    const went = await go(world, { rows: world.k.rows(edition(edited)) });
    return (went.outputs.get('rows') as TableOutput).groups.flatMap((group) => group.segments);
  };
  const [first] = await segments(0);
  expect(first?.rows).toBe(ROWS);
  expect((await segments(2)).map(({ data, rows }) => (data === first?.data ? 'as before' : rows))).toEqual([
    'as before',
    2,
  ]);
  expect((await segments(5)).map(({ rows }) => rows)).toEqual([ROWS, 2, 3]);
});
