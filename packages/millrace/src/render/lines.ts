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

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what a colour begins with.
const COLOUR = /\x1b\[[0-9;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a value holds must not move the cursor.
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const plain = (text: string): string => text.replace(COLOUR, '');

/** A value from outside on one line: a control character in it must not write over the screen. */
export const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' ⏎ ').replace(CONTROL, '');

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
