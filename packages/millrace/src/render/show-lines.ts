import { jsonText, type KeptFailure, plainOf, type Row, typeName } from '@millrace/core';
import { plainRow } from '../command/plain-row.js';
import type { Shown, ShownTable } from '../command/show.js';
import { factsText } from './facts.js';
import { aligned, cut, oneLine, padded, right, width } from './lines.js';
import type { Paint } from './paint.js';
import { sentLines } from './request-lines.js';
import { costWords } from './run-lines.js';
import { suggested } from './suggested.js';
import { ago, bytes, figure, many } from './words.js';

export interface ShowLook {
  readonly paint: Paint;
  readonly columns: number | undefined;
  readonly now: number;
}

/** What a stage gave, for people. */
export function showLines(shown: Shown, look: ShowLook): string[] {
  return [look.paint('bold', titleOf(shown)), ...aboutLines(shown, look.now), '', ...contentLines(shown, look)];
}

const titleOf = ({ stage, part, label }: Shown): string => `${part === 'main' ? stage : `${stage}.${part}`} · ${label}`;

function aboutLines({ stage, entry, inputs, current }: Shown, now: number): string[] {
  const facts = factsText(entry.facts);
  const how = { ran: 'ran', alias: 'cut off', accepted: 'accepted', imported: 'imported' }[entry.origin];
  return [
    `${how} ${ago(entry.at, now)}, ${costWords(entry.worth) || 'at no cost'}, fingerprint ${entry.fingerprint.slice(0, 12)}`,
    ...(inputs.length ? [`from ${inputs.join(', ')}`] : []),
    ...(facts ? [facts] : []),
    ...(current ? [] : [`this is of an earlier version of the stage; ${suggested('run', stage)} brings it up to date`]),
  ];
}

function contentLines({ is, code }: Shown, look: ShowLook): string[] {
  if (code) return codeLines(code);
  if (is.is === 'value') return JSON.stringify(is.value, null, 2).split('\n').map(oneLine);
  if (is.is === 'folder')
    return aligned(
      is.files.map(({ path, bytes: size }) => [bytes(size), oneLine(path)]),
      new Set([0]),
    );
  return [...tableLines(is, look), ...requestsOf(is)];
}

function requestsOf({ requests }: ShownTable): string[] {
  if (!requests) return [];
  return ['', requests.length ? 'sent for these rows:' : 'nothing was sent for these rows', ...sentLines(requests)];
}

const codeLines = (code: readonly string[]): string[] =>
  code.length > 0
    ? code.join('\n\n').split('\n').map(oneLine)
    : ['no text is kept: its functions have a version, or run in threads, or it calls none'];

function tableLines(table: ShownTable, look: ShowLook): string[] {
  const { count, failed, columns, splits, failures } = table;
  const shape = [
    many(count, 'row'),
    failed ? `${many(failed, 'row')} failed` : '',
    ...(splits ?? []).map(([name, rows]) => `${name} ${figure(rows)}`),
  ];
  const schema = aligned(Object.entries(columns).map(([name, type]) => [`  ${oneLine(name)}`, typeName(type)]));
  if (failures) return [shape.filter(Boolean).join(', '), '', ...failureLines(table, look)];
  return [shape.filter(Boolean).join(', '), ...schema, '', ...grid(table, look, (i) => String(table.from + i))];
}

function failureLines({ failures = [], rows, columns }: ShownTable, look: ShowLook): string[] {
  const plain = plainRow(columns);
  if (failures.length === 0) return ['no row failed'];
  return failures.flatMap((failure, i) => [
    look.paint(
      failure.accepted ? 'dim' : 'red',
      `row ${failure.row}: ${oneLine(failure.message)}${howFailed(failure)}`,
    ),
    `  ${cut(oneLine(jsonText(plain(rows[i] ?? {}))), (look.columns ?? 200) - 3)}`,
  ]);
}

const howFailed = ({ accepted, permanent }: KeptFailure): string =>
  accepted
    ? ' (accepted: counts as answered with nothing)'
    : permanent
      ? ' (asked again only with --retry-failed)'
      : '';

const WIDEST = 40;

/** Rows as a table. Columns that the terminal has no room for are named below. */
function grid(
  { rows, columns: types }: ShownTable,
  { paint, columns = 160 }: ShowLook,
  numberOf: (i: number) => string,
): string[] {
  if (rows.length === 0) return ['no rows'];
  const names = Object.keys(rows[0] as Row);
  const cells = names.map((name) => rows.map((row) => cellText(row[name], plainOf(types[name] ?? 'null'))));
  const widths = names.map((name, i) => Math.min(WIDEST, Math.max(width(name), ...(cells[i] as string[]).map(width))));
  const numbers = Math.max(...rows.map((_, i) => numberOf(i).length));
  const fit = fitting(widths, columns - 1 - numbers);
  const head = paint(
    'bold',
    [' '.repeat(numbers), ...fit.map(({ i, room }) => padded(cut(oneLine(names[i] as string), room), room))]
      .join('  ')
      .trimEnd(),
  );
  const lines = rows.map((_, at) =>
    [
      paint('dim', right(numberOf(at), numbers)),
      ...fit.map(({ i, room }) => padded(cut(cells[i]?.[at] ?? '', room), room)),
    ]
      .join('  ')
      .trimEnd(),
  );
  const hidden = names.filter((_, i) => !fit.some((each) => each.i === i));
  return [
    head,
    ...lines,
    ...(hidden.length ? [`not shown for want of room: ${hidden.join(', ')}; --columns chooses`] : []),
  ];
}

function fitting(widths: readonly number[], columns: number): { i: number; room: number }[] {
  const fit: { i: number; room: number }[] = [];
  let left = columns;
  for (const [i, wide] of widths.entries()) {
    const room = Math.min(wide, left - 2);
    if (room < Math.min(wide, 4)) break;
    fit.push({ i, room });
    left -= room + 2;
  }
  return fit;
}

function cellText(value: unknown, plain: (value: unknown) => unknown): string {
  if (value === null || value === undefined) return '∅';
  if (typeof value === 'number') return figure(value);
  if (typeof value === 'string') return oneLine(value);
  if (value instanceof Uint8Array) return bytes(value.byteLength);
  if (ArrayBuffer.isView(value)) return arrayText(value as Float32Array | BigInt64Array);
  const is = plain(value);
  return oneLine(typeof is === 'string' ? is : jsonText(is));
}

/** The first few numbers, and how many there are. */
function arrayText(values: Float32Array | BigInt64Array): string {
  const first = [...values.subarray(0, 3)].map((value: number | bigint) =>
    typeof value === 'bigint' ? String(value) : figure(value),
  );
  return `[${[...first, ...(values.length > 3 ? ['…'] : [])].join(', ')}] ${values.length}`;
}
