import { describe, expect, test } from '@jest/globals';
import type { RunEvent, RunOutcome, StageFinished } from '@millrace/core';
import { width } from '../../src/render/lines.js';
import { follow, liveLines, NOTHING_LIVE } from '../../src/render/live.js';
import { painter } from '../../src/render/paint.js';
import { outcomeLines, runLines } from '../../src/render/run-lines.js';

const paint = painter(false);
const NOTHING = { seconds: 0, rows: 0, calls: 0 };

const finished = (more: Partial<StageFinished> = {}): StageFinished => ({
  is: 'stage-finished',
  stage: 'answers_of_the_large_model',
  label: 'm',
  fingerprint: 'f',
  status: 'ran',
  rows: 12_000,
  ranRows: 120,
  reasons: [
    {
      is: 'changed',
      path: 'data.digest',
      what: 'data/questions.jsonl',
      before: 'ab'.repeat(16),
      after: 'cd'.repeat(16),
    },
  ],
  cost: { seconds: 18.4, rows: 120, calls: 120, money: 0.021 },
  saved: NOTHING,
  facts: {},
  ...more,
});

const EVENTS: readonly RunEvent[] = [
  finished(),
  finished({ changedRows: { added: 100, changed: 20, removed: 0 } }),
  finished({ failedRows: 3, facts: { splits: { train: 21, test: 11 }, at: '/a/very/long/path/'.repeat(6) } }),
  finished({ status: 'reused', stage: '漢字'.repeat(12), cost: NOTHING, reasons: [] }),
  finished({ elsewhere: true, status: 'reused', cost: NOTHING }),
  finished({ stale: true, status: 'reused', cost: NOTHING }),
  { is: 'stage-waiting', stage: 'answers', fingerprint: 'f' },
  { is: 'stage-waiting', stage: 'answers', fingerprint: 'f', for: 'the other' },
  { is: 'stage-skipped', stage: 'answers', because: 'a stage above it failed' },
];

const linesAt = (columns: number | undefined, events = EVENTS): string[] => {
  const lines = runLines({ paint, ...(columns !== undefined && { columns: () => columns }) });
  return events.flatMap((event) => [...lines(event)]);
};

describe('what stays of a run', () => {
  test.each([40, 80])('fits into %i columns', (columns) => {
    for (const line of linesAt(columns)) {
      if (line.includes('--failed')) continue;
      expect([line, width(line) < columns]).toEqual([line, true]);
    }
  });

  test('in a pipe nothing is cut, and there is no colour', () => {
    const lines = linesAt(undefined);
    expect(lines.join('\n')).not.toContain('\x1b');
    expect(lines.some((line) => width(line) > 120)).toBe(true);
    expect(lines[0]).toMatch(
      /^ran +answers_of_the_large_model +120 of 12,000 rows +data\/questions\.jsonl changed .*18\.4 s +\$0\.02$/,
    );
  });

  test('a stage that gives other rows than it reads says both numbers', () => {
    const said = (rows: number, ranRows: number, inputRows?: number) =>
      linesAt(undefined, [finished({ stage: 's', rows, ranRows, ...(inputRows !== undefined && { inputRows }) })])[0];
    expect(said(500_001, 1_000_000, 1_000_000)).toMatch(/s +500,001 rows from 1,000,000 /);
    expect(said(3, 2, 2)).toMatch(/s +3 rows from 2 /);
    expect(said(5, 1, 3)).toMatch(/s +5 rows from 1 of 3 /);
    expect(said(8, 3)).toMatch(/s +3 of 8 rows /);
  });

  test('a source says how many rows are new, changed and gone', () => {
    const said = (changedRows: StageFinished['changedRows']) =>
      linesAt(undefined, [finished({ ...(changedRows && { changedRows }) })])[0];
    expect(said({ added: 100, changed: 20, removed: 0 })).toContain('data/questions.jsonl: +100 ~20 ');
    expect(said({ added: 0, changed: 0, removed: 1200 })).toContain('data/questions.jsonl: −1,200 ');
    expect(said({ added: 0, changed: 0, removed: 0 })).toContain('data/questions.jsonl changed ');
  });

  test('who waits says for whom: another process is not another stage of this run', () => {
    expect(linesAt(undefined).filter((line) => line.startsWith('waits'))).toEqual([
      expect.stringMatching(/another process runs it$/),
      expect.stringMatching(/for the other, which asks the same$/),
    ]);
  });

  test('what was asked to stop did not fail', () => {
    const stopped = Object.assign(new Error('The run was interrupted.'), { because: 'interrupted' });
    const event = (error: Error): RunEvent => ({ is: 'stage-failed', stage: 'a', fingerprint: 'f', error });
    expect(linesAt(undefined, [event(stopped), event(new Error('no\nmore'))])).toEqual([
      expect.stringMatching(/^stopped +a +The run was interrupted\.$/),
      expect.stringMatching(/^failed +a +no$/),
      '         more',
    ]);
  });
});

describe('the last lines', () => {
  const outcome = (more: Partial<RunOutcome>): RunOutcome => ({
    ended: 'done',
    run: '1',
    stages: {},
    cost: NOTHING,
    saved: NOTHING,
    ...more,
  });
  const failed = (failedRows: number, permanentRows?: number) =>
    outcomeLines(
      outcome({
        ended: 'failed rows',
        stages: { a: { fingerprint: 'f', status: 'ran', failedRows, ...(permanentRows && { permanentRows }) } },
      }),
      paint,
    ).at(-1);

  test('nothing that was reused is shown as spent', () => {
    const saved = { seconds: 1860, rows: 11_880, calls: 11_880, money: 2.09 };
    expect(outcomeLines(outcome({ saved }), paint)).toEqual(['saved 11,880 calls, about 31 min, $2.09']);
  });

  test('what was computed is rows, and no calls', () => {
    const said = (cost: Partial<typeof NOTHING>) => outcomeLines(outcome({ cost: { ...NOTHING, ...cost } }), paint);
    expect(said({ rows: 2_000_000, seconds: 28.2 })).toEqual(['computed 2,000,000 rows in 28.2 s']);
    expect(said({ rows: 12, calls: 4, seconds: 2 })).toEqual(['spent 4 calls, 2.0 s']);
    expect(said({})).toEqual([]);
  });

  test('count a row that failed where it failed, not in each stage below', () => {
    const here = { fingerprint: 'f', status: 'ran', failedRows: 2, permanentRows: 1 } as const;
    const below = { fingerprint: 'f', status: 'ran', failedRows: 2, failedAbove: 2 } as const;
    const said = outcomeLines(outcome({ ended: 'failed rows', stages: { a: here, p: below, s: below } }), paint);
    expect(said.at(-1)).toMatch(/the same command asks the failed ones again but for 1 that did so for good/);
    const lines = (event: Partial<StageFinished>) =>
      linesAt(undefined, [finished({ stage: 'a', ...event })])[1]?.trim();
    expect(lines(here)).toBe('2 rows failed: millrace show a --failed');
    expect(lines(below)).toBe('2 rows failed above');
    expect(lines({ failedRows: 3, failedAbove: 2 })).toBe('1 row failed and 2 above: millrace show a --failed');
  });

  test('name what asks failed rows again', () => {
    expect(failed(3)).toMatch(/the same command asks the failed ones again$/);
    expect(failed(3, 3)).toMatch(
      /did so for good: only millrace run --retry-failed asks them again, millrace accept \S+ --failed goes on without them/,
    );
    expect(failed(3, 2)).toMatch(/the same command asks the failed ones again but for 2 .*--retry-failed/);
  });
});

describe('what runs now', () => {
  test.each([40, 80])('is one line a stage, narrower than %i columns', (columns) => {
    let live = NOTHING_LIVE;
    for (const stage of ['a', '漢字'.repeat(20), 'b'.repeat(50)]) {
      live = follow(live, { is: 'stage-started', stage, fingerprint: 'f', reasons: [] }, 0);
      live = follow(
        live,
        { is: 'stage-progress', stage, done: 12_345, of: 99_999, cost: { money: 1.5, tokens: 9e6 } },
        5e4,
      );
    }
    const lines = liveLines(live, 1e5, columns);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect([line, width(line) < columns]).toEqual([line, true]);
    live = follow(live, finished({ stage: 'a' }), 2e5);
    expect(liveLines(live, 2e5, columns)).toHaveLength(2);
  });
});
