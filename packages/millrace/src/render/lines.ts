import { redact } from '@millrace/core';
import { colored, MARKS } from './paint.js';

/** Columns that a text takes in a terminal; wide characters take two, marks none. */
export function width(text: string): number {
  let columns = 0;
  for (const char of plain(text)) columns += widthOf(char.codePointAt(0) as number);
  return columns;
}

const widthOf = (code: number): number => {
  if (code < 0x20 || (code >= 0x300 && code <= 0x36f) || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f))
    return 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a value holds must not move the cursor.
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const plain = (text: string): string => text.replace(MARKS, '');

/** A value from outside on one line: a control character in it must not write over the screen. */
export const oneLine = (text: string): string => harmless(plain(text));

const harmless = (line: string): string => joined(line).replaceAll('\t', ' ').replace(CONTROL, '');

function joined(text: string): string {
  const pieces = text.split(/[\r\n]+/);
  const last = pieces.length - 1;
  if (last === 0) return text;
  return pieces
    .map((piece, at) => (at === 0 ? piece.trimEnd() : at === last ? piece.trimStart() : piece.trim()))
    .filter((piece, at) => piece || at === 0 || at === last)
    .join(' ⏎ ');
}

/** From so many columns on there is room for what stands below each other. */
export const WIDE = 72;

/** Cut to so many columns, with an ellipsis. Text without colours. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let out = '';
  let used = 0;
  for (const char of text) {
    used += widthOf(char.codePointAt(0) as number);
    if (used > columns - 1) break;
    out += char;
  }
  return columns > 0 ? `${out.trimEnd()}…` : '';
}

/**
 * The door that every line for a person goes out by: whole in a pipe, never torn in a terminal. Of the escapes in it
 * only our own colours reach the screen, and no secret does.
 */
export const textOn = (
  { live, columns }: { readonly live: boolean; readonly columns: () => number },
  lines: readonly string[],
): string => {
  const clean = lines.map((line) => harmless(redact(line)));
  return (live ? clean.flatMap((line) => wrapped(line, columns())) : clean)
    .map((line) => `${colored(line)}\n`)
    .join('');
};

/** A line of source, or the caret below one: it means something by where it stands. */
const OF_SOURCE = /^ *\d* *\|/;

const BEGINNING = /^([\ufdd0-\ufdef]*)( *)(.*)$/s;

/** Broken between words, where a terminal would tear one. What follows stands a little further in. */
export function wrapped(line: string, columns: number): string[] {
  if (width(line) <= columns || OF_SOURCE.test(line)) return [line];
  const [, paint = '', indent = '', text = ''] = BEGINNING.exec(line) ?? [];
  const further = `${indent.slice(0, columns >> 1)}  `;
  const lines: string[] = [];
  let now = paint + indent;
  let empty = true;
  for (const [gap, word] of words(text)) {
    if (!empty && width(now) + gap.length + width(word) > columns) {
      lines.push(now);
      now = further + word;
    } else now += (empty ? '' : gap) + word;
    empty = false;
  }
  return [...lines, now];
}

const words = (text: string): (readonly [gap: string, word: string])[] =>
  [...text.matchAll(/( *)([^ ]+)/g)].map(([, gap = '', word = '']) => [gap, word]);

export const padded = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));
export const right = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - width(text))) + text;

/** Rows of cells as aligned lines. Numbers stand right. */
export function aligned(rows: readonly (readonly string[])[], numbers: ReadonlySet<number> = new Set()): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, i) => (numbers.has(i) ? right(cell, widths[i] as number) : padded(cell, widths[i] as number)))
      .join('  ')
      .trimEnd(),
  );
}
