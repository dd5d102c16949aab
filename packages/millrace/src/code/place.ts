import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import type { CodePlace } from '../../../core/src/ports/code.js';
import type { Module } from './module.js';
import type { Spot } from './slice.js';
import type { Node } from './syntax.js';

/** Where something stands in a file as the user wrote it, from 0. */
export interface Point {
  readonly line: number;
  readonly column: number;
}

const pointAt = (text: string, offset: number): Point => {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) };
};

export interface Origin extends Point {
  readonly source: string;
}

/** Finds the origin of places in a generated text. */
export const originsIn = (text: string, map: string): ((offset: number) => Origin | undefined) => {
  if (!map) return (offset) => ({ source: '', ...pointAt(text, offset) });
  const sources = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  return (offset) => {
    const { line, column } = pointAt(text, offset);
    const entry = sources.findEntry(line, column);
    if (!('originalLine' in entry) || entry.originalLine === undefined) return undefined;
    return { source: entry.originalSource, line: entry.originalLine, column: entry.originalColumn };
  };
};

const origins = new WeakMap<Module, (offset: number) => Origin | undefined>();

export const pointOf = (module: Module, node: Node): Point => {
  const find = origins.get(module) ?? originsIn(module.text, module.map);
  origins.set(module, find);
  return find(node.start) ?? { line: 0, column: 0 };
};

export const placeOf = ({ module, node }: Spot, root: string): CodePlace => {
  const { line, column } = pointOf(module, node);
  const text = module.original.split('\n')[line] ?? '';
  return { file: relative(root, module.file), line: line + 1, column: column + 1, text: text.trimEnd() };
};
