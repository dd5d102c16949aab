/**
 * A text that spreadsheets take for a formula. One that begins like that behind `'` counts too: it gets one more, so that
 * taking one away always gives the text back.
 */
export const isFormula = (text: string): boolean => /^'*[=+\-@\t\r]/.test(text);

/** In quotes where it needs them. */
export const plainCell = (text: string): string => (/[",\r\n]|^\s|\s$|^$/.test(text) ? quotedCell(text) : text);

export const quotedCell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
