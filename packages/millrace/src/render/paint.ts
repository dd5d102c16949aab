const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof STYLES;
export type Paint = (style: Style, text: string) => string;

const NAMES = Object.keys(STYLES) as readonly Style[];
const CODES = NAMES.flatMap((name) => STYLES[name]);
/** Unicode reserves these for use inside a program: no text holds them. */
const FIRST_MARK = 0xfdd0;
const mark = (at: number): string => String.fromCharCode(FIRST_MARK + at);

export const MARKS = /[\ufdd0-\ufdef]/g;

/**
 * Marks where a colour begins and ends. The marks become escapes only when a line leaves for the terminal, after every
 * escape that data brought was taken out of it.
 */
export const painter =
  (color: boolean): Paint =>
  (style, text) => {
    const at = NAMES.indexOf(style) * 2;
    return color && text ? mark(at) + text + mark(at + 1) : text;
  };

/** Marks as the escapes that a terminal knows. */
export const colored = (line: string): string =>
  line.replace(MARKS, (found) => {
    const code = CODES[found.charCodeAt(0) - FIRST_MARK];
    return code === undefined ? '' : `\x1b[${code}m`;
  });
