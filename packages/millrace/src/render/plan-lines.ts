import type { Cost, Plan, Status, Step } from '@millrace/core';
import { aligned, cut, oneLine, WIDE } from './lines.js';
import type { Paint, Style } from './paint.js';
import { reasonsText } from './reasons.js';
import { costWords } from './run-lines.js';
import { many } from './words.js';

const STYLES: Record<Status, Style> = { reused: 'dim', done: 'dim', 'cut off': 'dim', run: 'cyan', later: 'yellow' };

const WORDS: Record<Status, string> = {
  reused: 'reused',
  done: 'done',
  'cut off': 'cut off',
  run: 'will run',
  later: 'later',
};

/** What would run and why, a line a stage, and what it may cost at most. */
export function planLines(plan: Plan, paint: Paint, columns?: number): string[] {
  const rows = plan.steps.map((step) => [
    WORDS[step.decision.status],
    step.name,
    rowsIn(step),
    estimateText(step),
    whyText(step),
  ]);
  const lines = linesIn(rows, columns);
  const painted = lines.flatMap((line, i) => {
    const step = plan.steps[i] as Step;
    return [paintWord(line, step, paint), ...underwayLines(step, columns).map((said) => paint('yellow', said))];
  });
  return [...painted, '', summary(plan)];
}

/** Below each other where there is room; else what stands last, the reason, would be cut. */
function linesIn(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): string[] {
  if (columns >= WIDE) return aligned(rows).map((line) => cut(line, columns - 1));
  return rows.map((cells) => cells.filter(Boolean).join('  '));
}

/** What goes on outside is waited for by the run, not asked for again. */
const underwayLines = ({ underway }: Step, columns = Number.POSITIVE_INFINITY): string[] =>
  underway === undefined ? [] : [cut(`           under way: ${oneLine(underway)}`, columns - 1)];

const paintWord = (line: string, step: Step, paint: Paint): string => {
  const word = WORDS[step.decision.status];
  return line.startsWith(word) ? paint(STYLES[step.decision.status], word) + line.slice(word.length) : line;
};

function whyText({ decision, reasons }: Step): string {
  if (decision.status === 'later' && reasons.length === 0) return 'stands below what will run';
  return oneLine(reasonsText(reasons));
}

const rowsIn = ({ decision, estimate }: Step): string => {
  const outputs = 'outputs' in decision ? Object.values(decision.outputs) : [];
  const table = outputs.find((output) => output.is === 'table');
  if (table?.is === 'table') return many(table.rows, 'row');
  return estimate?.rows ? `≤ ${many(estimate.rows, 'row')}` : '';
};

const estimateText = ({ decision, estimate }: Step): string =>
  estimate && (decision.status === 'run' || decision.status === 'later') ? costWords(estimate) : '';

function summary(plan: Plan): string {
  const going = plan.steps.filter(({ decision }) => decision.status === 'run');
  const later = plan.steps.filter(({ decision }) => decision.status === 'later');
  if (going.length + later.length === 0) return 'nothing would run';
  const most = costWords(totalOf([...going, ...later]));
  return [
    `${many(going.length, 'stage')} would run`,
    later.length ? `${many(later.length, 'stage')} decided later` : '',
    most ? `at most ${most}, from what earlier runs took` : 'no earlier run to estimate from',
  ]
    .filter(Boolean)
    .join('; ');
}

function totalOf(steps: readonly Step[]): Cost {
  const costs = steps.flatMap(({ estimate }) => estimate ?? []);
  const sum = (pick: (cost: Cost) => number | undefined) => costs.reduce((all, cost) => all + (pick(cost) ?? 0), 0);
  return {
    seconds: sum((c) => c.seconds),
    rows: sum((c) => c.rows),
    calls: sum((c) => c.calls),
    tokens: sum((c) => c.tokens),
    money: sum((c) => c.money),
  };
}
