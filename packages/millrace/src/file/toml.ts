import { parse, TomlDate, TomlError } from 'smol-toml';
import { FileMistakes, type Path, type Span } from './mistakes.js';
import type { Parsed } from './parsed.js';

const TOO_DEEP = 'The file is nested more deeply than can be read. Make it flat: no stage needs that.';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** TOML. Its parser says nothing of places, so that names are looked for in the text. */
export function parseToml(file: string, text: string): Parsed {
  const problem = (says: string, span: Span | undefined) => new FileMistakes([{ file, text, span, says }]);
  const at = (path: Path) => placeOf(path, text);
  try {
    const problems: FileMistakes[] = [];
    const value = plain(parse(text, { maxDepth: 60 }), [], (path, says) => problems.push(problem(says, at(path))));
    return { value, problems, at };
  } catch (error) {
    if (error instanceof RangeError) return { value: undefined, problems: [problem(TOO_DEEP, undefined)], at };
    if (!(error instanceof TomlError)) throw error;
    const says = `This is not TOML: ${error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '')}.`;
    return { value: undefined, problems: [problem(says, { line: error.line, column: error.column, length: 1 })], at };
  }
}

type Refuse = (path: Path, says: string) => void;

function plain(value: unknown, path: Path, refuse: Refuse): unknown {
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map((each, i) => plain(each, [...path, i], refuse));
  if (typeof value === 'number' && !Number.isFinite(value))
    refuse(path, `${value} is no number that can be kept. Write a finite number.`);
  if (typeof value !== 'object' || value === null) return value;
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (FORBIDDEN.has(name)) refuse([...path, name], `${name} is no name of a setting. Choose another.`);
    else made[name] = plain(inner, [...path, name], refuse);
  }
  return made;
}

/** The line that sets a name, below the header of its table. */
function placeOf(path: Path, text: string): Span | undefined {
  const names = path.filter((part): part is string => typeof part === 'string');
  const lines = text.split('\n');
  let header: string[] = [];
  let best: { span: Span; depth: number } | undefined;
  lines.forEach((line, i) => {
    const table = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)?.[1];
    const key = /^\s*([\w."'-]+)\s*=/.exec(line)?.[1];
    if (table !== undefined) header = partsOf(table);
    const here = key === undefined ? (table === undefined ? [] : header) : [...header, ...partsOf(key)];
    const depth = here.length;
    if (
      depth === 0 ||
      depth > names.length ||
      here.some((part, at) => part !== names[at]) ||
      depth <= (best?.depth ?? 0)
    )
      return;
    const shown = names[depth] ?? (here.at(-1) as string);
    const inline = Math.max(line.indexOf(shown), line.indexOf(here.at(-1) as string), 0);
    best = { span: { line: i + 1, column: inline + 1, length: shown.length }, depth };
  });
  return best?.span;
}

const partsOf = (key: string): string[] => key.split('.').map((part) => part.trim().replace(/^["']|["']$/g, ''));
