/**
 * A text that spreadsheets take for a formula. One that begins like that behind `'` counts too: it gets one more, so that
 * taking one away always gives the text back.
 */
export const isFormula = (text: string): boolean => /^'*[=+\-@\t\r]/.test(text);

/** With a `'` where a spreadsheet would take it for a formula: such a cell is always in quotes. */
export const guardedCell = (text: string): string => (isFormula(text) ? quotedCell(`'${text}`) : plainCell(text));

/** In quotes where it needs them. */
export const plainCell = (text: string): string => (/[",\r\n]|^\s|\s$|^$/.test(text) ? quotedCell(text) : text);

export const quotedCell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Of a table with one column, an empty line would be no row. */
export const LONE_NULL = '""';

/**
 * The name that says to our reader that texts have a `'`: a plain word, whose column has none, and which is not the only
 * word. It stands in quotes that it does not need. Undefined: no name can.
 */
export function markOf(names: readonly string[], guarded: ReadonlySet<string>): string | undefined {
  const words = names.filter((name) => /^[A-Za-z_]\w*$/.test(name));
  return words.length > 1 ? words.find((name) => !guarded.has(name)) : undefined;
}
