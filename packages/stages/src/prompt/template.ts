import { nearestName } from './spelling.js';
import { valueText } from './value-text.js';

export type Row = Readonly<Record<string, unknown>>;

export interface Template {
  readonly text: string;
  /** the columns it reads, each once, in the order of their first use */
  readonly variables: readonly string[];
  render(row: Row): Rendered;
}

export type Rendered = { readonly kind: 'rendered'; readonly text: string } | VariableFailure;

export interface VariableFailure {
  readonly kind: 'missing-variable' | 'null-variable' | 'unprintable-variable';
  readonly variable: string;
  readonly message: string;
}

export type Parsed =
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'malformed-template'; readonly line: number; readonly column: number; readonly message: string };

type Piece = { readonly literal: string } | { readonly variable: string };

const VARIABLE = /^([^{}\n]*)\}\}/;

/**
 * `{{column}}` stands for the value of that column; spaces inside the braces don't count. Nothing is escaped in what is
 * put in. `\{{` writes `{{`, `\\{{` writes a backslash before a variable. Of more than two braces in a row the last two
 * open, so `{{{x}}}` is the value in braces. `{{` that opens no variable is refused: it would be paid for a thousand times.
 */
export function parseTemplate(text: string): Parsed {
  const pieces: Piece[] = [];
  let at = 0;
  for (let next = nextBraces(text, at); next; next = nextBraces(text, at)) {
    if (next.escaped) pieces.push({ literal: next.literal });
    const name = next.escaped ? undefined : variableAt(text, next.open);
    if (name) pieces.push({ literal: next.literal }, { variable: name.variable });
    if (!next.escaped && !name) return malformed(text, next.open);
    at = name ? name.end : next.open + 2;
  }
  pieces.push({ literal: text.slice(at) });
  return { kind: 'template', template: asTemplate(text, pieces) };
}

interface Braces {
  readonly open: number;
  readonly escaped: boolean;
  /** the text before them, with backslashes and literal braces resolved */
  readonly literal: string;
}

function nextBraces(text: string, from: number): Braces | undefined {
  const first = text.indexOf('{{', from);
  if (first < 0) return undefined;
  const backslashes = /\\*$/.exec(text.slice(from, first))![0].length;
  const before = text.slice(from, first - backslashes) + '\\'.repeat(backslashes >> 1);
  if (backslashes % 2 === 1) return { open: first, escaped: true, literal: `${before}{{` };
  const extra = /^\{*/.exec(text.slice(first + 2))![0];
  return { open: first + extra.length, escaped: false, literal: before + extra };
}

function variableAt(text: string, open: number): { variable: string; end: number } | undefined {
  const match = VARIABLE.exec(text.slice(open + 2, text.indexOf('}}', open) + 2));
  const variable = match?.[1]?.trim();
  return variable ? { variable, end: open + 2 + match![0].length } : undefined;
}

function malformed(text: string, open: number): Parsed {
  const before = text.slice(0, open).split('\n');
  const [line, column] = [before.length, before.at(-1)!.length + 1];
  const shown = text.slice(open, open + 24).split('\n')[0];
  const message =
    `The prompt can't be read at line ${line}, column ${column}: "${shown}" opens a variable that has no name or no end. ` +
    'Write {{column}}, or \\{{ for braces that are meant as text.';
  return { kind: 'malformed-template', line, column, message };
}

function asTemplate(text: string, pieces: readonly Piece[]): Template {
  const variables = [...new Set(pieces.flatMap((piece) => ('variable' in piece ? [piece.variable] : [])))];
  return Object.freeze({ text, variables, render: (row: Row) => render(pieces, row) });
}

function render(pieces: readonly Piece[], row: Row): Rendered {
  let out = '';
  for (const piece of pieces) {
    const made = 'literal' in piece ? ({ kind: 'rendered', text: piece.literal } as const) : fill(piece.variable, row);
    if (made.kind !== 'rendered') return made;
    out += made.text;
  }
  return { kind: 'rendered', text: out };
}

function fill(variable: string, row: Row): Rendered {
  if (!Object.hasOwn(row, variable)) return missingVariable(variable, Object.keys(row));
  const value = row[variable];
  if (value === null || value === undefined) return nullVariable(variable);
  const made = valueText(value);
  return made.kind === 'text' ? { kind: 'rendered', text: made.text } : unprintable(variable, made.what);
}

/** Also what a stage says at plan time about a template whose variable is no column, before anything is spent. */
export function missingVariable(variable: string, columns: readonly string[]): VariableFailure {
  const nearest = nearestName(variable, columns);
  const hint = nearest === undefined ? `It has: ${columns.join(', ')}.` : `Did you mean {{${nearest}}}?`;
  const message = `{{${variable}}} of the prompt can't be filled in: the row has no column "${variable}". ${hint}`;
  return { kind: 'missing-variable', variable, message };
}

export const nullVariable = (variable: string): VariableFailure => ({
  kind: 'null-variable',
  variable,
  message: `{{${variable}}} of the prompt can't be filled in: the column "${variable}" is null in this row. Filter such rows out before, or give them a text.`,
});

const unprintable = (variable: string, what: string): VariableFailure => ({
  kind: 'unprintable-variable',
  variable,
  message: `{{${variable}}} of the prompt can't be filled in: the value is ${what}, which has no text. Turn it into text in a map before (an image goes into an image part).`,
});
