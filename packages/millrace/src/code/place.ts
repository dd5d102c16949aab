import { relative } from 'node:path';
import type { CodePlace } from '@millrace/core';
import type { Module } from './module.js';
import type { Node } from './syntax.js';

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
