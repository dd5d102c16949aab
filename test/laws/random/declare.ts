import type { AnyHandle, AnyTable, Columns, EngineOptions, Folder, Value } from '@millrace/core';
import type { RowStage } from '../kit/row-stages.js';
import type { Kit } from '../kit.js';
import { type Graph, isPartial, type Node, readBy, type TableRef } from './graph.js';

type Split = AnyTable & { readonly test: AnyTable; readonly summary: Value };

/** Declares the stages of a random graph; each is a named output, in any order. */
export function declare(
  graph: Graph,
  kit: Kit,
  order: (names: string[]) => string[] = (names) => names,
): Record<string, AnyHandle> {
  const made = new Map<number, AnyHandle>();
  for (const node of graph.nodes) made.set(node.id, declareNode(graph, node, { kit, made }));
  const outputs: Record<string, AnyHandle> = {};
  for (const node of graph.nodes) {
    const handle = made.get(node.id) as AnyHandle;
    outputs[node.name] = handle;
    if (node.kind === 'split') {
      outputs[`${node.name}_test`] = (handle as Split).test;
      outputs[`${node.name}_summary`] = (handle as Split).summary;
    }
  }
  return Object.fromEntries(order(Object.keys(outputs)).map((name) => [name, outputs[name] as AnyHandle]));
}

interface With {
  readonly kit: Kit;
  readonly made: ReadonlyMap<number, AnyHandle>;
}

function declareNode(graph: Graph, node: Node, { kit, made }: With): AnyHandle {
  const table = (at: number): AnyTable => {
    const { node: id, part } = node.tables[at] as TableRef;
    const handle = made.get(id) as AnyTable;
    return part === 'test' ? (handle as Split).test : handle;
  };
  if (node.kind === 'rows') return kit.rows(node.data);
  if (node.kind === 'stream') return kit.stream(node.data, streamColumns(node));
  const by = { by: readBy(graph, node), with: node.config, partial: isPartial(node) };
  if (node.kind === 'join') return kit.join(table(0), table(1), { ...by, prefix: `r${node.id}_` });
  if (
    node.kind === 'sort' ||
    node.kind === 'group' ||
    node.kind === 'count' ||
    node.kind === 'train' ||
    node.kind === 'split'
  )
    return kit[node.kind](table(0), by);
  const row = rowStage(graph, node);
  switch (node.kind) {
    case 'judged':
      return kit.judged(table(0), { ...row, threshold: thresholdOf(node, made) });
    case 'tuned':
      return kit.tuned(table(0), { ...row, model: made.get(node.folder as number) as Folder });
    case 'looked':
      return kit.looked(table(0), { ...row, side: table(1) });
    case 'coded':
      return kit.pure(table(0), { ...row, code: `v${node.code}` });
    case 'requested':
      return kit.asked(table(0), { ...row, request: true });
    case 'drawn':
      return kit.sampled(table(0), { ...row, repeat: 1 + node.config });
    default:
      return kit[node.kind](table(0), row);
  }
}

function thresholdOf(node: Node, made: ReadonlyMap<number, AnyHandle>): Value {
  const handle = made.get(node.value as number) as AnyHandle;
  return 'summary' in handle ? (handle as Split).summary : (handle as Value);
}

const rowStage = (graph: Graph, node: Node): RowStage => ({
  from: readBy(graph, node),
  into: node.into,
  with: node.kind === 'drawn' ? null : node.config,
  version: node.kind === 'coded' ? 1 : 1 + node.code,
  options: { concurrency: node.concurrency, ...(!node.remember && { remember: false }) } satisfies EngineOptions,
});

const streamColumns = (node: Node): Columns => ({
  id: 'text',
  text: 'text',
  n: 'float64',
  ...Object.fromEntries(
    [...new Set(node.data.flatMap(Object.keys))].filter((k) => k.startsWith('x')).map((k) => [k, 'text' as const]),
  ),
});
