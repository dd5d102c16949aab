import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { FileMistakes, type Path, type Span } from './mistakes.js';
import type { Parsed } from './parsed.js';

const MOST_DEPTH = 60;
const MOST_NODES = 100_000;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** YAML 1.2 and JSON. */
export function parseYaml(file: string, text: string): Parsed {
  const lines = new LineCounter();
  const spanOf = (from: number, to: number): Span => {
    const { line, col } = lines.linePos(from);
    return { line, column: col, length: Math.max(1, to - from) };
  };
  const problem = (says: string, span: Span | undefined) => new FileMistakes([{ file, text, span, says }]);
  const document = parsed(text, lines);
  if (document === 'too deep')
    return { value: undefined, problems: [problem(TOO_DEEP, undefined)], at: () => undefined };
  const errors = firstOfEachLine(
    document.errors.map(({ message, pos }) => ({ message, span: spanOf(pos[0], pos[1]) })),
  );
  if (errors.length)
    return {
      value: undefined,
      problems: errors.map(({ message, span }) => problem(syntaxText(message, text.split('\n')[span.line - 1]), span)),
      at: () => undefined,
    };
  const walk = new Walk((says, node) => problem(says, rangeOf(node) && spanOf(...(rangeOf(node) as [number, number]))));
  const value = walk.value(document.contents as Node | null, [], 0);
  return {
    value,
    problems: walk.problems,
    at: (path, on) => {
      const range = walk.places.get(placeKey(path, on)) ?? walk.places.get(placeKey(path, 'value'));
      return range && spanOf(...range);
    },
  };
}

const TOO_DEEP = `The file is nested more than ${MOST_DEPTH} levels deep, or has far more than ${MOST_NODES} values. Make it flat, and put data into a file of its own: no stage needs that.`;

const TWO_DOCUMENTS = 'The file holds more than one document. Keep one, or put each into a file of its own.';

interface Syntax {
  readonly message: string;
  readonly span: Span;
}

const MOST_ERRORS = 5;

/** What follows a mistake on its line is mostly said because of it. */
function firstOfEachLine(errors: Iterable<Syntax>): Syntax[] {
  const found = new Map<number, Syntax>();
  for (const error of errors) {
    if (found.size === MOST_ERRORS) break;
    if (!found.has(error.span.line)) found.set(error.span.line, error);
  }
  return [...found.values()];
}

const syntaxText = (message: string, line = ''): string =>
  message.includes('multiple documents')
    ? TWO_DOCUMENTS
    : `This is not YAML: ${message.replace(/\.$/, '')}.${/[{[].*[^"']\$\{/.test(line) ? ' Put what begins with $ in quotes.' : ''}`;

function parsed(text: string, lineCounter: LineCounter) {
  if (isTooMuch(text)) return 'too deep';
  try {
    const document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      intAsBigInt: true,
      logLevel: 'error',
      // Its own check compares each name with each other one.
      uniqueKeys: false,
    });
    return document.errors.some(({ message }) => message.includes('call stack')) ? 'too deep' : document;
  } catch (error) {
    if (error instanceof RangeError) return 'too deep';
    throw error;
  }
}

/** More signs than any file of that many values has. */
const MOST_TOKENS = 8 * MOST_NODES;

/** Looked at before the parser, whose time and memory grow with the square of the depth. */
function isTooMuch(text: string): boolean {
  let flow = 0;
  let compact = 0;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MOST_TOKENS) return true;
    if (token === '[' || token === '{') flow++;
    else if ((token === ']' || token === '}') && flow > 0) flow--;
    else if (token === '-' || token === '?' || token === ':') compact++;
    else if (token === '\n' || token === '\r\n') compact = flow > 0 ? compact : 0;
    if (flow > MOST_DEPTH || (flow === 0 && compact > 2 * MOST_DEPTH)) return true;
  }
  return false;
}

const placeKey = (path: Path, on: 'key' | 'value'): string => JSON.stringify([on, ...path]);

const rangeOf = (node: Node | null | undefined): [number, number] | undefined =>
  node?.range ? [node.range[0], node.range[1]] : undefined;

/** From nodes to plain data by our own steps, so that nothing of a file is trusted. */
class Walk {
  readonly problems: FileMistakes[] = [];
  readonly places = new Map<string, [number, number]>();
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;
  #full = false;

  constructor(readonly problem: (says: string, node: Node | null) => FileMistakes) {}

  value(node: Node | null, path: Path, depth: number): unknown {
    if (this.#full) return null;
    if (++this.#nodes > MOST_NODES || depth > MOST_DEPTH) return this.#refuse(node, depth);
    const range = rangeOf(node);
    if (range) this.places.set(placeKey(path, 'value'), range);
    if (isAlias(node)) return this.value(this.#anchors.get(node.source) ?? null, path, depth + 1);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor && node) this.#anchors.set(anchor, node);
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], path, depth);
    if (isSeq(node)) return node.items.map((item, i) => this.value(item as Node, [...path, i], depth + 1));
    return isScalar(node) ? this.#scalar(node) : null;
  }

  #refuse(node: Node | null, depth: number): null {
    this.#full = true;
    const says =
      depth > MOST_DEPTH
        ? TOO_DEEP
        : `The file has more than ${MOST_NODES} values, aliases counted each time. Put data into a file of its own.`;
    this.problems.push(this.problem(says, node));
    return null;
  }

  #map(pairs: readonly Pair<Node, Node | null>[], path: Path, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const { key, value } of pairs) {
      const name = this.#name(key);
      if (name === undefined) continue;
      if (seen.size === seen.add(name).size)
        this.problems.push(this.problem('This is not YAML: Map keys must be unique.', key));
      const range = rangeOf(key);
      if (range) this.places.set(placeKey([...path, name], 'key'), range);
      if (name === '<<') Object.assign(made, ...this.#merged(value, path, depth), { ...made });
      else made[name] = this.value(value, [...path, name], depth + 1);
    }
    return made;
  }

  #merged(value: Node | null, path: Path, depth: number): object[] {
    const given = this.value(value, path, depth + 1);
    return (Array.isArray(given) ? given.reverse() : [given]).filter(
      (each) => typeof each === 'object' && each !== null,
    );
  }

  #name(key: Node): string | undefined {
    const name = isScalar(key) ? String(key.value ?? '') : undefined;
    if (name !== undefined && !FORBIDDEN.has(name)) return name;
    this.problems.push(
      this.problem(
        name === undefined
          ? 'A name must be a plain text here. Write name: value.'
          : `${name} is no name of a setting. Choose another.`,
        key,
      ),
    );
    return undefined;
  }

  #scalar(node: Node & { value: unknown; source?: string }): unknown {
    const { value } = node;
    if (typeof value === 'bigint') {
      if (Number.isSafeInteger(Number(value))) return Number(value);
      this.problems.push(
        this.problem(
          `The number ${node.source} is too large to be kept exactly. Write it as text: "${node.source}".`,
          node,
        ),
      );
    }
    if (typeof value === 'number' && !Number.isFinite(value))
      this.problems.push(this.problem(`${node.source} is no number that can be kept. Write a finite number.`, node));
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
    return null;
  }
}
