import type { Plain, Reason } from '@millrace/core';
import { cut, oneLine } from './lines.js';
import { count, many } from './words.js';

/** Why, in the words of a person. */
export function reasonText(reason: Reason): string {
  switch (reason.is) {
    case 'new':
      return 'new';
    case 'changed':
      return changeText(reason);
    case 'code':
      return `code: ${unitsText(reason)}`;
    case 'upstream':
      return `${reason.stage} changed`;
    case 'content':
      return `${reason.role} has other content`;
    case 'forced':
      return 'forced';
    case 'failed rows':
      return `${many(reason.rows, 'row')} failed before`;
    case 'lost':
      return LOST[reason.how];
    case 'not remembered':
      return 'remember: false';
  }
}

const LOST = { swept: 'its data was swept', damaged: 'its data was damaged', gone: 'its data is gone' } as const;

type Changed = Extract<Reason, { is: 'changed' }>;

function changeText(reason: Changed): string {
  const { path, before, after } = reason;
  const name = path.replace(/^config\./, '');
  if (path === 'data' || path.startsWith('data.')) return dataText(reason);
  if (path === 'version') return `the stage's own version ${valueText(before)} → ${valueText(after)}`;
  if (path === 'rows')
    return `rows ${before === null ? 'all' : valueText(before)} → ${after === null ? 'all' : valueText(after)}`;
  if (before === undefined) return `${name} ${valueText(after)} is new`;
  if (after === undefined) return `${name} ${valueText(before)} is gone`;
  const [was, now] = around(before, after);
  return `${name} ${valueText(was)} → ${valueText(now)}`;
}

/** Of two long texts the part where they begin to differ. */
export function around(before: Plain, after: Plain, columns = 40): readonly [Plain, Plain] {
  if (typeof before !== 'string' || typeof after !== 'string' || Math.max(before.length, after.length) <= columns)
    return [before, after];
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  const from = Math.max(0, same - 12);
  return from === 0 ? [before, after] : [`…${before.slice(from)}`, `…${after.slice(from)}`];
}

const DIGEST = /^[0-9a-f]{16,}$/;

/** A digest tells a person nothing; the name of the file that it is of does. */
function dataText({ path, what, before, after }: Changed): string {
  const name = path.replace(/^data\.?/, '');
  const digests = [before, after].some((value) => typeof value === 'string' && DIGEST.test(value));
  if (!digests && typeof before !== 'object' && typeof after !== 'object')
    return `${name || 'data'} ${valueText(before)} → ${valueText(after)}`;
  if (what === undefined) return name === 'weights' ? "the files of the model's folder changed" : 'its data changed';
  return `${oneLine(what)} ${before === undefined ? 'is new' : after === undefined ? 'is gone' : 'changed'}`;
}

const unitsText = ({ fn, units }: Extract<Reason, { is: 'code' }>): string => {
  if (units.length === 0) return `${fn} changed`;
  const [first, ...more] = units.map(({ name, place, change }) => `${name}${place ? ` in ${place}` : ''} ${change}`);
  return more.length ? `${first} and ${count(more.length)} more` : (first as string);
};

export function valueText(value: Plain | undefined, columns = 40): string {
  if (value === undefined) return 'nothing';
  return cut(oneLine(typeof value === 'string' ? value : JSON.stringify(value)), columns);
}

/** The first reasons; the rest is for `why`. */
export function reasonsText(reasons: readonly Reason[]): string {
  const [first, second, ...more] = new Set(reasons.map(reasonText));
  if (first === undefined) return '';
  const two = second === undefined ? first : `${first}, ${second}`;
  return more.length ? `${two} and ${many(more.length, 'other reason')}` : two;
}
