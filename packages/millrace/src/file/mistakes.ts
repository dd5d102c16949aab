import { Mistake } from '../mistake.js';
import { cut, oneLine } from '../render/lines.js';

export type Path = readonly (string | number)[];

/** Something wrong in a file, before it is known where its text stands. */
export interface Wrong {
  readonly path: Path;
  /** What the caret stands under: the name or what it is set to. */
  readonly on: 'key' | 'value';
  /** What is wrong, and what now. */
  readonly text: string;
}

export interface Span {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Located {
  readonly file: string;
  readonly text: string;
  readonly span: Span | undefined;
  readonly says: string;
}

/** All that is wrong with a file set, as a compiler says it: file:line:column, the line, a caret. */
export class FileMistakes extends Mistake {
  override readonly name = 'FileMistakes';
  constructor(readonly all: readonly Located[]) {
    super([...new Set(all.map(shown))].join('\n\n'));
  }
}

const MOST_COLUMNS = 120;

function shown({ file, text, span, says }: Located): string {
  const [where, what] = [oneLine(file), oneLine(says)];
  if (!span) return `${where}: ${what}`;
  const { line, column, length } = span;
  const source = text.split(/\r?\n/)[line - 1] ?? '';
  const from = column > MOST_COLUMNS - 20 ? column - 40 : 0;
  const part = cut(oneLine(source.slice(from).replaceAll('\t', ' ')), MOST_COLUMNS);
  const at = column - 1 - from;
  const caret = `${' '.repeat(at)}${'^'.repeat(Math.max(1, Math.min(length, part.length - at)))}`;
  const margin = `${line}`.length;
  return [`${where}:${line}:${column}: ${what}`, `  ${line} | ${part}`, `  ${' '.repeat(margin)} | ${caret}`].join(
    '\n',
  );
}
