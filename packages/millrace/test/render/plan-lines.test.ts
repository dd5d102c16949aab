import { expect, test } from '@jest/globals';
import type { Plan, Reason, Status, Step } from '@millrace/core';
import { width } from '../../src/render/lines.js';
import { painter } from '../../src/render/paint.js';
import { planLines } from '../../src/render/plan-lines.js';

const step = (name: string, status: Status, more: Partial<Step> = {}): Step =>
  ({ name, decision: { status }, reasons: [], ...more }) as Step;

const CHANGED: Reason = { is: 'changed', path: 'config.prompt', before: 'x'.repeat(80), after: 'y'.repeat(80) };

const plan = {
  steps: [
    step('questions', 'reused'),
    step('answers', 'run', {
      reasons: [CHANGED],
      estimate: { seconds: 60, rows: 120, calls: 120, tries: 480, money: 0.5 },
      underway: '2 batches at openai, 120 of 120 rows; looked at every 30 s',
    }),
    step('parsed_with_a_rather_long_name', 'later', { estimate: { seconds: 0, rows: 0, calls: 0, tries: 0 } }),
  ],
} as unknown as Plan;

test('a line a stage, the reason at its end; what is under way at a provider stands below', () => {
  const lines = planLines(plan, painter(false));
  expect(lines).toEqual([
    expect.stringMatching(/^reused +questions$/),
    expect.stringMatching(/^will run +answers +≤ 120 rows +120 calls, about 60\.0 s, \$0\.50 +prompt x+… → y+…$/),
    '           under way: 2 batches at openai, 120 of 120 rows; looked at every 30 s',
    expect.stringMatching(/^later +parsed_with_a_rather_long_name +stands below what will run$/),
    '',
    '1 stage would run; 1 stage decided later; at most 120 calls, about 60.0 s, $0.50; 480 calls if each is retried to the last',
  ]);
});

test('at 80 columns each fits; at 40 the reason still stands there, to be broken between words', () => {
  const lines = planLines(plan, painter(false), 80);
  for (const line of lines.slice(0, 4)) expect([line, width(line) < 80]).toEqual([line, true]);
  const narrow = planLines(plan, painter(false), 40).join('\n');
  expect(narrow).toMatch(/^later {2}parsed_with_a_rather_long_name {2}stands below what will run$/m);
  expect(narrow).toMatch(/prompt x+… → y+…/);
});

const summaryOf = (...steps: Step[]): string | undefined =>
  planLines({ steps, must: {} } as unknown as Plan, painter(false)).at(-1);

test('nothing is promised where something is not known yet', () => {
  const asks = step('a', 'run', { estimate: { seconds: 0, rows: 7, calls: 7, tries: 7 } });
  expect(summaryOf(asks, step('b', 'later'))).toBe(
    '1 stage would run; 1 stage decided later; what b will ask is not known yet, the others 7 calls; what the calls of a take was not seen yet',
  );
  expect(summaryOf(step('p', 'run', { estimate: { seconds: 3, rows: 9, calls: 0, tries: 0 } }))).toBe(
    '1 stage would run; at most no calls, about 3.0 s',
  );
});
