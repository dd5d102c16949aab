import type { Estimate, Plan, Status, Step } from '@millrace/core';
import { aligned, cut, oneLine, WIDE } from './lines.js';
import type { Paint, Style } from './paint.js';
import { reasonsText } from './reasons.js';
import { aboutWords } from './run-lines.js';
import { count, many } from './words.js';

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
  estimate && (decision.status === 'run' || decision.status === 'later') ? aboutWords(estimate) : '';

function summary(plan: Plan): string {
  const going = plan.steps.filter(({ decision }) => decision.status === 'run');
  const later = plan.steps.filter(({ decision }) => decision.status === 'later');
  if (going.length + later.length === 0) return 'nothing would run';
  return [
    `${many(going.length, 'stage')} would run`,
    later.length ? `${many(later.length, 'stage')} decided later` : '',
    ...mostOf([...going, ...later]),
  ]
    .filter(Boolean)
    .join('; ');
}

/** A bound is one only where all is known. */
function mostOf(steps: readonly Step[]): string[] {
  const known = steps.flatMap(({ estimate }) => estimate ?? []);
  const unknown = steps.filter(({ estimate }) => !estimate).map(({ name }) => name);
  const unpriced = steps.filter(({ estimate }) => estimate?.calls && !estimate.tokens && !estimate.money);
  const total = totalOf(known);
  const all = [total.calls ? '' : 'no calls', aboutWords(total)].filter(Boolean).join(', ');
  return [
    unknown.length ? `what ${unknown.join(', ')} will ask is not known yet, the others ${all}` : `at most ${all}`,
    total.tries > total.calls ? `${count(total.tries)} calls if each is retried to the last` : '',
    unpriced.length ? `what the calls of ${unpriced.map(({ name }) => name).join(', ')} take was not seen yet` : '',
  ];
}

function totalOf(estimates: readonly Estimate[]): Estimate {
  const sum = (pick: (estimate: Estimate) => number | undefined) =>
    estimates.reduce((all, estimate) => all + (pick(estimate) ?? 0), 0);
  return {
    seconds: sum((c) => c.seconds),
    rows: sum((c) => c.rows),
    calls: sum((c) => c.calls),
    tries: sum((c) => c.tries),
    tokens: sum((c) => c.tokens),
    money: sum((c) => c.money),
  };
}
