import type { Reason } from '@millrace/core';
import type { Why } from '../command/why.js';
import type { Paint } from './paint.js';
import { around, reasonText, valueText } from './reasons.js';
import { costWords } from './run-lines.js';
import { ago } from './words.js';

const STATUS: Record<Why['status'], string> = {
  reused: 'is reused: its fingerprint is known',
  done: 'is done',
  'cut off': 'is reused: its recipe changed, but all that it reads has the same content',
  run: 'would run',
  later: 'is decided later: it stands below a stage that would run',
};

/** Why, in full: every reason, where it began, and the nearest entry there is. */
export function whyLines(why: Why, paint: Paint, now: number): string[] {
  const { stage, label, fingerprint, status, reasons, roots, entry, nearest } = why;
  return [
    paint('bold', `${stage} ${STATUS[status]}`),
    `  ${label} · ${fingerprint.slice(0, 12)}`,
    ...(entry
      ? [`  made ${ago(entry.at, now)} (${ORIGIN[entry.origin]}): ${costWords(entry.worth) || 'at no cost'}`]
      : []),
    ...reasons.flatMap((reason) => reasonLines(reason).map((line) => `  ${line}`)),
    ...roots.flatMap((root) => [
      `  because of ${root.stage}:`,
      ...root.reasons.flatMap(reasonLines).map((line) => `    ${line}`),
    ]),
    ...(nearest && status === 'reused' ? nearestLines(nearest, now) : []),
  ];
}

const ORIGIN = { ran: 'it ran', alias: 'cut off', accepted: 'accepted', imported: 'imported' } as const;

function nearestLines({ fingerprint, at, reasons }: NonNullable<Why['nearest']>, now: number): string[] {
  if (reasons.length === 0) return [];
  return [
    `  the nearest other entry is ${fingerprint.slice(0, 12)}, made ${ago(at, now)}; since then:`,
    ...reasons.flatMap(reasonLines).map((line) => `    ${line}`),
  ];
}

/** Values of config side by side, units of code one a line. */
function reasonLines(reason: Reason): string[] {
  if (reason.is === 'code' && reason.units.length)
    return [
      `code of ${reason.fn}:`,
      ...reason.units.map(({ name, place, change }) => `  ${name}${place ? ` in ${place}` : ''} ${change}`),
    ];
  if (reason.is !== 'changed' || !isLong(reason.before, reason.after)) return [reasonText(reason)];
  const [was, now] = around(reason.before ?? null, reason.after ?? null, 200);
  return [`${reason.path}:`, `  before  ${valueText(was, 200)}`, `  now     ${valueText(now, 200)}`];
}

const isLong = (...values: readonly unknown[]): boolean =>
  values.some((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).length > 40);
