import type { Row } from '@millrace/core';
import fc from 'fast-check';

/** A random graph as plain data: what the reference evaluates and what stages are declared from. */
export interface Graph {
  readonly nodes: Node[];
  /** Numbers the nodes that are added. */
  next: number;
}

export interface Node {
  readonly id: number;
  readonly kind: KindName;
  /** Tables read; the first one is the rows of a row-wise stage. */
  readonly tables: TableRef[];
  /** A count, or a split's summary. */
  readonly value: number | undefined;
  readonly folder: number | undefined;
  /** Which column is read, among those of the first table. */
  column: number;
  config: number;
  code: number;
  into: string;
  name: string;
  concurrency: number;
  remember: boolean;
  /** Sources only. */
  data: Row[];
}

export interface TableRef {
  node: number;
  part: 'main' | 'test';
}

export const ROW_KINDS = ['pure', 'coded', 'asked', 'requested', 'sampled', 'drawn', 'explode', 'filter'] as const;
export const SIDE_KINDS = ['judged', 'tuned', 'looked'] as const;
export const WHOLE_KINDS = ['sort', 'join', 'group', 'count', 'train', 'split'] as const;
export type KindName =
  | 'rows'
  | 'stream'
  | (typeof ROW_KINDS)[number]
  | (typeof SIDE_KINDS)[number]
  | (typeof WHOLE_KINDS)[number];

export const isSource = ({ kind }: Node): boolean => kind === 'rows' || kind === 'stream';
export const isRowWise = ({ kind }: Node): boolean =>
  (ROW_KINDS as readonly string[]).includes(kind) || (SIDE_KINDS as readonly string[]).includes(kind);
/** Sources, and whole stages over columns, refuse failed rows unless they say so. */
export const isPartial = ({ kind, config }: Node): boolean => kind !== 'join' && config % 2 === 0;

export interface Seed {
  readonly kind: KindName;
  readonly a: number;
  readonly b: number;
  readonly column: number;
  readonly config: number;
  readonly data: Row[];
}

const TEXTS = ['a', 'bb', 'ccc', 'dddd', 'bb ', ''];
const cell = fc.constantFrom(...TEXTS);
const number = fc.constantFrom(0, -0, 1, 2.5, Number.NaN);
export const row: fc.Arbitrary<Row> = fc.record({ id: cell, text: cell, n: number });

export const seed: fc.Arbitrary<Seed> = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ROW_KINDS) },
    { weight: 2, arbitrary: fc.constantFrom(...SIDE_KINDS) },
    { weight: 3, arbitrary: fc.constantFrom(...WHOLE_KINDS) },
    { weight: 1, arbitrary: fc.constantFrom('rows' as const, 'stream' as const) },
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  column: fc.nat(20),
  config: fc.nat(2),
  data: fc.array(row, { maxLength: 6 }),
});

/** A source first, then stages that read what stands before them. */
export const graph = (stages: number): fc.Arbitrary<Graph> =>
  fc
    .tuple(
      fc.record({ ...seedShape(), kind: fc.constantFrom('rows' as const, 'stream' as const) }),
      fc.oneof(
        fc.array(seed, { minLength: 1, maxLength: 6 }),
        fc.array(seed, { minLength: 1, maxLength: stages - 1, size: 'medium' }),
      ),
    )
    .map(([first, rest]) => {
      const made: Graph = { nodes: [], next: 0 };
      for (const each of [first, ...rest]) addNode(made, each);
      return made;
    });

function seedShape() {
  return {
    a: fc.nat(1000),
    b: fc.nat(1000),
    column: fc.nat(20),
    config: fc.nat(2),
    data: fc.array(row, { minLength: 1, maxLength: 6 }),
  };
}

export function addNode(graph: Graph, seed: Seed): void {
  const tables = tablesOf(graph);
  const values = graph.nodes.filter((node) => node.kind === 'count' || node.kind === 'split');
  const folders = graph.nodes.filter((node) => node.kind === 'train');
  let { kind } = seed;
  if (kind === 'judged' && !values.length) kind = 'count';
  if (kind === 'tuned' && !folders.length) kind = 'train';
  if (sizeOf(graph, tables[seed.a % tables.length]) > MOST && GROWS.has(kind)) kind = 'group';
  const at = (n: number): TableRef => ({ ...(tables[n % tables.length] as TableRef) });
  const id = graph.next++;
  graph.nodes.push({
    id,
    kind,
    tables:
      kind === 'rows' || kind === 'stream'
        ? []
        : kind === 'join' || kind === 'looked'
          ? [at(seed.a), at(seed.b)]
          : [at(seed.a)],
    value: kind === 'judged' ? values[seed.b % values.length]?.id : undefined,
    folder: kind === 'tuned' ? folders[seed.b % folders.length]?.id : undefined,
    column: seed.column,
    config: seed.config,
    code: 0,
    into: `c${id}`,
    name: `n${id}`,
    concurrency: 1 + (seed.b % 3),
    remember: true,
    data: seed.data,
  });
}

const GROWS: ReadonlySet<KindName> = new Set(['join', 'explode', 'drawn', 'looked']);
const MOST = 30;

/** How large a table may get: stages that multiply rows are not put onto each other. */
function sizeOf(graph: Graph, ref: TableRef | undefined): number {
  const node = graph.nodes.find((n) => n.id === ref?.node);
  if (!node || isSource(node)) return 8;
  const above = sizeOf(graph, node.tables[0]);
  if (node.kind === 'join') return above * 8 + columnsOf(graph, node.tables[1] as TableRef).length * 4;
  return node.kind === 'explode' || node.kind === 'drawn' ? above * 3 : above;
}

export const tablesOf = (graph: Graph): TableRef[] =>
  graph.nodes.flatMap((node): TableRef[] =>
    node.kind === 'count' || node.kind === 'train'
      ? []
      : node.kind === 'split'
        ? [
            { node: node.id, part: 'main' },
            { node: node.id, part: 'test' },
          ]
        : [{ node: node.id, part: 'main' }],
  );

/** Takes a stage out, and with it what stands below. */
export function removeNode(graph: Graph, id: number): void {
  const gone = new Set([id]);
  for (const node of graph.nodes)
    if (
      node.tables.some((t) => gone.has(t.node)) ||
      (node.value !== undefined && gone.has(node.value)) ||
      (node.folder !== undefined && gone.has(node.folder))
    )
      gone.add(node.id);
  const left = graph.nodes.filter((node) => !gone.has(node.id));
  if (left.length) graph.nodes.splice(0, graph.nodes.length, ...left);
}

/** Columns of each table, known without running anything. */
export function columnsOf(graph: Graph, ref: TableRef): string[] {
  const node = graph.nodes.find((n) => n.id === ref.node) as Node;
  if (isSource(node)) return [...new Set(['id', 'text', 'n', ...node.data.flatMap(Object.keys)])];
  const above = columnsOf(graph, node.tables[0] as TableRef);
  switch (node.kind) {
    case 'filter':
    case 'sort':
    case 'split':
      return above;
    case 'group':
      return [readBy(graph, node), 'count'];
    case 'join':
      return [...above, ...columnsOf(graph, node.tables[1] as TableRef).map((name) => `r${node.id}_${name}`)];
    default:
      return [...above, node.into];
  }
}

export function readBy(graph: Graph, node: Node): string {
  const columns = columnsOf(graph, node.tables[0] as TableRef);
  if (node.kind === 'join') {
    const right = new Set(columnsOf(graph, node.tables[1] as TableRef));
    const both = columns.filter((name) => right.has(name));
    return (both.length ? both : columns)[node.column % (both.length || columns.length)] as string;
  }
  return columns[node.column % columns.length] as string;
}
