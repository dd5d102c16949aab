import { relative } from 'node:path';
import type { CodePlace } from '@millrace/core';
import type { Binding } from '../syntax/scope.js';
import type { Node } from '../syntax/syntax.js';
import type { Module } from './module.js';

/** Where something stands in the bundle. */
export interface Spot {
  readonly module: Module;
  readonly node: Node;
}

/** Where that is in the user's file. */
export const placeOf = ({ module, node }: Spot, root: string): CodePlace => {
  const { file, line, column, text } = module.origin(node.start) ?? { file: root, line: 0, column: 0, text: '' };
  return { file: relative(root, file), line, column, text };
};

/** The name as the user wrote it: the bundler renames what would clash. */
export const writtenName = ({ module, node }: Spot, fallback: string): string => {
  const origin = module.origin(node.start);
  return (origin && /^[\p{ID_Continue}$]+/u.exec(origin.text.slice(origin.column - 1))?.[0]) || fallback;
};

/** What the compiler adds for syntax newer than its target comes from no file; its text is its own business. */
export const isGenerated = ({ name, identifiers }: Binding, { origin }: Module) =>
  name.startsWith('__') && identifiers.every(({ start }) => origin(start) === undefined);
