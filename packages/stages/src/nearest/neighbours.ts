import type { Kind, Row } from '@millrace/core';
import { tableIn } from '../functions/table.js';
import type { Matrix } from './matrix.js';
import { type Neighbours, nearest as nearestOf } from './nearest.js';
import { blocksOf, notFinite, requireVectors, type Vectors, vectorsOf } from './vectors.js';

export interface NeighboursConfig {
  readonly from: string;
  readonly in: string;
  readonly k: number;
  readonly self: 'keep' | 'skip';
  readonly partial: boolean;
}

const FOUND = { query: 'int32', found: 'int32', rank: 'int32', score: 'float64' } as const;

/** Finds the nearest rows, from just the vectors of both tables. */
export const neighboursKind: Kind<NeighboursConfig> = {
  name: 'neighbours',
  version: 1,
  nature: 'pure',
  label: ({ k, from }) => `${k} by ${from}`,
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    reads: (config, role) => [role === 'rows' ? config.from : config.in],
    columns: (config, { rows, among }) => {
      if (rows) requireVectors('nearest', config.from, rows[config.from]);
      if (among) requireVectors('nearest', config.in, among[config.in]);
      return { main: FOUND };
    },
    run: async ({ config, inputs }) => ({ main: { rows: await search(config, inputs), columns: FOUND } }),
  },
};

async function search(config: NeighboursConfig, inputs: Parameters<typeof tableIn>[0]): Promise<Row[][]> {
  const [table, among] = [tableIn(inputs, 'rows'), tableIn(inputs, 'among')];
  const queries = await vectorsOf('nearest', table, config.from);
  if (queries.rows.length === 0) return [];
  const numbers: number[] = [];
  const blocks = numbered(blocksOf('nearest', among, config.in), { numbers, config, width: queries.matrix.columns });
  // One more than asked for, where the row itself will be left out.
  const k = config.self === 'skip' ? config.k + 1 : config.k;
  const found = await nearestOf(queries.matrix, blocks, { k, self: 'keep' });
  if (found.kind === 'not-finite')
    throw found.of === 'queries'
      ? notFinite('nearest', config.from, queries.rows[found.row] as number)
      : notFinite('nearest', config.in, numbers[found.row] as number);
  return [pairsOf(found, { queries, numbers, config })];
}

interface Numbering {
  readonly numbers: number[];
  readonly config: NeighboursConfig;
  readonly width: number;
}

async function* numbered(
  blocks: AsyncIterable<Vectors>,
  { numbers, config, width }: Numbering,
): AsyncGenerator<Matrix> {
  for await (const { matrix, rows } of blocks) {
    if (matrix.columns !== width)
      throw new Error(
        `nearest compares vectors of ${width} numbers (${config.from}) with vectors of ${matrix.columns} (${config.in}): they are of two models. Embed both tables with the same one.`,
      );
    for (const row of rows) numbers.push(row);
    yield matrix;
  }
}

interface Searched {
  readonly queries: Vectors;
  readonly numbers: readonly number[];
  readonly config: NeighboursConfig;
}

function pairsOf({ rows, scores }: Neighbours, { queries, numbers, config }: Searched): Row[] {
  return rows.flatMap((found, i) => {
    const query = queries.rows[i] as number;
    const pairs = found.map((at, place) => ({
      query,
      found: numbers[at] as number,
      score: scores[i]?.[place] as number,
    }));
    const others = config.self === 'skip' ? pairs.filter((pair) => pair.found !== query) : pairs;
    return others.slice(0, config.k).map((pair, place) => ({ ...pair, rank: place + 1 }));
  });
}
