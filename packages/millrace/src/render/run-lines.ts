import {
  type ChangedRows,
  type Cost,
  NOTHING_SPENT,
  printedLines,
  type RunEvent,
  type RunOutcome,
  type StageFinished,
} from '@millrace/core';
import { factsText } from './facts.js';
import { cut, oneLine, padded, right, WIDE, width } from './lines.js';
import type { Paint, Style } from './paint.js';
import { reasonsText } from './reasons.js';
import { suggested } from './suggested.js';
import { count, duration, many, money } from './words.js';

export interface LineLook {
  readonly paint: Paint;
  /** Of the terminal; absent in a pipe, where nothing is cut. */
  readonly columns?: () => number;
}

/** Events to the lines that stay. Remembers only how wide names are. */
export function runLines(look: LineLook): (event: RunEvent) => readonly string[] {
  let names = 8;
  return (event) => {
    switch (event.is) {
      case 'planned':
        names = Math.max(names, ...event.plan.steps.map((step) => width(step.name)));
        return event.again ? ['planned again: something it rests on changed'] : [];
      case 'stage-finished':
        return finishedLines(event, Math.min(names, 28), look);
      case 'stage-failed':
        return failedLines(event.stage, event.error, { look, names });
      case 'stage-skipped':
        return [row(look, { word: 'skipped', style: 'yellow', name: event.stage, names, about: event.because })];
      case 'stage-waiting':
        return [row(look, { word: 'waits', style: 'dim', name: event.stage, names, about: waitsFor(event.for) })];
      case 'notice':
        return [look.paint('yellow', `${event.stage ? `${event.stage}: ` : ''}${oneLine(event.text)}`)];
      case 'printed':
        return printedLines(event).map((line) => look.paint('dim', line));
      case 'damaged':
        return [look.paint('yellow', damagedText(event))];
      default:
        return [];
    }
  };
}

const damagedText = ({ object, what, gone }: Extract<RunEvent, { is: 'damaged' }>): string =>
  gone
    ? `missing: ${object}: ${what}; computed again when needed`
    : `damaged: ${object}: ${what}; set aside, computed again when needed`;

const waitsFor = (stage: string | undefined): string =>
  stage === undefined ? 'another process runs it' : `for ${stage}, which asks the same`;

interface Row {
  readonly word: string;
  readonly style: Style;
  readonly name: string;
  readonly names: number;
  readonly about: string;
  readonly reason?: string;
  readonly tail?: string;
}

function finishedLines(event: StageFinished, names: number, look: LineLook): string[] {
  const ran = event.status === 'ran';
  const facts = factsText(event.facts);
  const word = event.elsewhere ? 'waited' : event.stale ? 'kept' : event.status;
  const why = event.elsewhere ? 'another process made it' : event.stale ? 'as it was stored last' : reasonOf(event);
  const line = row(look, {
    word,
    style: event.failedRows ? 'red' : ran ? 'cyan' : 'dim',
    name: event.stage,
    names,
    about: rowsText(event),
    reason: [why, facts].filter(Boolean).join(' · '),
    ...(ran && { tail: costText(event.cost) }),
  });
  return event.failedRows ? [line, look.paint('red', `         ${failedRowsText(event, event.failedRows)}`)] : [line];
}

function failedRowsText({ stage, failedAbove = 0 }: StageFinished, failed: number): string {
  const own = failed - failedAbove;
  if (own === 0) return `${many(failedAbove, 'row')} failed above`;
  return `${many(own, 'row')} failed${failedAbove ? ` and ${count(failedAbove)} above` : ''}: ${suggested('show', stage, '--failed')}`;
}

/** `data/questions.jsonl: +100 ~20`, where that is known. */
function reasonOf({ reasons, changedRows }: StageFinished): string {
  const text = reasonsText(reasons);
  const rows = changedRows && changedText(changedRows);
  return rows ? `${text.replace(/ changed$/, '')}: ${rows}` : text;
}

const changedText = ({ added, changed, removed }: ChangedRows): string =>
  [added && `+${count(added)}`, changed && `~${count(changed)}`, removed && `−${count(removed)}`]
    .filter(Boolean)
    .join(' ');

/** A stage that gives other rows than it reads says both numbers: what ran is a share of what was read. */
function rowsText({ rows, ranRows, inputRows, status }: StageFinished): string {
  if (rows === undefined) return '';
  if (status !== 'ran' || ranRows === undefined) return many(rows, 'row');
  if (inputRows === undefined)
    return ranRows === rows ? many(rows, 'row') : `${count(ranRows)} of ${many(rows, 'row')}`;
  const ran = ranRows === inputRows ? '' : `${count(ranRows)} of `;
  return `${many(rows, 'row')} from ${ran}${count(inputRows)}`;
}

const costText = (cost: Cost): string =>
  `${right(duration(cost.seconds), 8)}${cost.money ? `  ${right(money(cost.money), 7)}` : ''}`;

const ABOUT = 22;
const REASON = 26;
const WORD = 9;

/** One line. In a terminal the reason gives way first, then the columns, then the end is cut. */
function row(look: LineLook, { word, style, name, names, about, reason = '', tail = '' }: Row): string {
  const columns = look.columns?.() ?? Number.POSITIVE_INFINITY;
  const wide = columns >= WIDE;
  const head = `${padded(oneLine(name), wide ? names : 0)}  ${wide && (tail || reason) ? padded(about, ABOUT) : about}`;
  const end = wide ? tail : tail.trim().replace(/ {2,}/g, '  ');
  const room = columns - 1 - WORD - width(head) - (end ? width(end) + 2 : 0) - 2;
  const shown = room < 6 ? '' : cut(oneLine(reason), room);
  const middle = end && wide ? padded(shown, Math.min(REASON, Math.max(0, room))) : shown;
  const text = [head, middle, end]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd();
  const fits = columns === Number.POSITIVE_INFINITY ? text : cut(text, Math.max(1, columns - 1 - WORD));
  return `${look.paint(style, padded(word, WORD - 2))}  ${fits}`;
}

/** Asked to stop, or by a budget, is no failure. */
function failedLines(stage: string, error: Error, { look, names }: { look: LineLook; names: number }): string[] {
  const [first = '', ...more] = error.message.split('\n');
  const because = 'because' in error ? error.because : 'failures';
  const said = because === 'failures' ? FAILED : STOPPED;
  const head = row({ paint: look.paint }, { ...said, name: stage, names, about: oneLine(first) });
  return [head, ...more.map((line) => `         ${line}`)];
}

const FAILED = { word: 'failed', style: 'red' } as const;
const STOPPED = { word: 'stopped', style: 'yellow' } as const;

/** The last lines of a run: what it took, what memory saved, how it ended. */
export function outcomeLines(outcome: RunOutcome, paint: Paint): string[] {
  const saved = aboutWords(outcome.saved);
  return [
    ...spentLines(outcome.cost),
    ...(saved ? [paint('green', `saved ${saved}`)] : []),
    ...endedLines(outcome).map((line) => paint('yellow', line)),
  ];
}

/** Calls are what is paid; what was computed is counted in rows. */
function spentLines(cost: Cost): string[] {
  if (cost.calls) return [`spent ${costWords(cost)}`];
  if (!cost.rows) return [];
  const time = costWords({ ...NOTHING_SPENT, seconds: cost.seconds });
  return [`computed ${many(cost.rows, 'row')}${time && ` in ${time}`}`];
}

function endedLines({ ended, stages }: RunOutcome): string[] {
  if (ended === 'done') return [];
  return [ended === 'failed rows' ? failedText(stages) : ENDED[ended]];
}

/** Rows that fail for good are not bought again by the same command. */
function failedText(byName: RunOutcome['stages']): string {
  const stages = Object.values(byName);
  const all = stages.reduce((sum, { failedRows = 0, failedAbove = 0 }) => sum + failedRows - failedAbove, 0);
  const permanent = stages.reduce((sum, { permanentRows = 0 }) => sum + permanentRows, 0);
  if (permanent === 0) return `${SOME_FAILED}; the same command asks the failed ones again`;
  const names = Object.keys(byName).filter((name) => byName[name]?.permanentRows);
  const without = names.slice(0, 3).map((name) => suggested('accept', name, '--failed'));
  const again = `only ${suggested('run', '--retry-failed')} asks them again, ${without.join(', ')} goes on without them`;
  if (permanent === all) return `${SOME_FAILED}; the failed ones did so for good: ${again}`;
  return `${SOME_FAILED}; the same command asks the failed ones again but for ${count(permanent)} that did so for good: ${again}`;
}

const SOME_FAILED = 'some rows failed: the others are kept';

const ENDED: Record<Exclude<RunOutcome['ended'], 'done' | 'failed rows'>, string> = {
  interrupted: 'interrupted: what was answered is kept; resume with the same command',
  'stopped by budget':
    'stopped by the budget: what was answered is kept; resume with the same command and a larger one',
  failed: 'a stage failed: what was answered is kept; mend it and run the same command',
};

export const costWords = (cost: Cost): string => amounts(cost, '');

/** With a time that was not measured. */
export const aboutWords = (saved: Cost): string => amounts(saved, 'about ');

function amounts(cost: Cost, about: string): string {
  const parts = [
    cost.calls ? many(cost.calls, 'call') : '',
    cost.tokens ? `${count(cost.tokens)} tokens` : '',
    cost.seconds >= 0.05 ? `${about}${duration(cost.seconds)}` : '',
    cost.money ? money(cost.money) : '',
  ];
  return parts.filter(Boolean).join(', ');
}
