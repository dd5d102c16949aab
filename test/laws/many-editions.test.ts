import { describe, expect, test } from '@jest/globals';
import type { AnyTable, Row, TableOutput } from '@millrace/core';
import { go, type Kit } from './kit.js';
import { lab } from './lab.js';

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

describe.each(Object.entries(STAGES))('a table edited a hundred times, answers of %s', (_, stage) => {
  test('stands in few segments, asks just the edited rows, and is what one run from nothing makes', async () => {
    const { k, ...world } = lab();
    const run = (edited: number) => go(world, { out: stage(k, k.rows(edition(edited))) });
    const segments: number[] = [];
    for (let edited = 0; edited <= ROWS; edited += 2) {
      const went = await run(edited);
      expect(went.calls).toHaveLength(edited === 0 ? ROWS : 2);
      segments.push(...(went.outputs.get('out') as TableOutput).groups.map((group) => group.segments.length));
    }
    expect(Math.max(...segments)).toBeGreaterThan(30);
    expect(Math.max(...segments)).toBeLessThanOrEqual(64);

    const fresh = lab();
    const from = await go(fresh, { out: stage(fresh.k, fresh.k.rows(edition(ROWS))) });
    expect(await (await run(ROWS)).rows('out')).toEqual(await from.rows('out'));
    // What was written anew is remembered as well as what it stood in: an older edition asks nothing.
    expect((await run(ROWS / 2)).calls).toEqual([]);
  });
});
