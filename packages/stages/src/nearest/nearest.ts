import { dot, type Matrix, norms, notFinite, rowOf } from './matrix.js';

export interface NearestOptions {
  readonly k: number;
  /** `skip` leaves out the row with the query's own number: neighbours within one table */
  readonly self: 'keep' | 'skip';
}

export interface Neighbours {
  readonly kind: 'neighbours';
  /** for each query its nearest rows, best first; fewer than k where there are no more */
  readonly rows: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
}

export type NearestResult =
  | Neighbours
  | { readonly kind: 'not-finite'; readonly of: 'queries' | 'rows'; readonly row: number };

/** Rows that one visit of all queries passes over: small enough to stay in the processor's cache. */
const TILE = 256;

/**
 * The exact k nearest rows by cosine, for a batch of queries. Rows come in blocks of any size, one at a time, so that
 * memory holds one block and k places a query. Ties go to the lower row number; a row of zeros is like nothing (0).
 */
export async function nearest(
  queries: Matrix,
  blocks: Iterable<Matrix> | AsyncIterable<Matrix>,
  options: NearestOptions,
): Promise<NearestResult> {
  const lengths = norms(queries);
  const bad = notFinite(lengths);
  if (bad !== undefined) return { kind: 'not-finite', of: 'queries', row: bad };
  const search = { queries, lengths, best: emptyPlaces(queries.rows, options.k), options };
  let offset = 0;
  for await (const block of blocks) {
    const broken = visit(search, block, offset);
    if (broken !== undefined) return { kind: 'not-finite', of: 'rows', row: broken };
    offset += block.rows;
  }
  return neighbours(search.best);
}

interface Places {
  readonly k: number;
  readonly rows: Float64Array;
  readonly scores: Float64Array;
  readonly filled: Uint32Array;
}

const emptyPlaces = (queries: number, k: number): Places => ({
  k,
  rows: new Float64Array(queries * k),
  scores: new Float64Array(queries * k),
  filled: new Uint32Array(queries),
});

interface Search {
  readonly queries: Matrix;
  readonly lengths: Float64Array;
  readonly best: Places;
  readonly options: NearestOptions;
}

/** The number of the first row that is not finite, if there is one; then nothing was searched. */
function visit(search: Search, block: Matrix, offset: number): number | undefined {
  if (block.columns !== search.queries.columns) {
    throw new Error(`BUG: rows of ${block.columns} numbers searched with queries of ${search.queries.columns}`);
  }
  const lengths = norms(block);
  const bad = notFinite(lengths);
  if (bad !== undefined) return offset + bad;
  for (let from = 0; from < block.rows; from += TILE) {
    const tile = { block, lengths, offset, from, to: Math.min(from + TILE, block.rows) };
    for (let query = 0; query < search.queries.rows; query++) visitTile(search, query, tile);
  }
  return undefined;
}

interface Tile {
  readonly block: Matrix;
  readonly lengths: Float64Array;
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

function visitTile({ queries, lengths, best, options }: Search, query: number, tile: Tile): void {
  const vector = rowOf(queries, query);
  for (let j = tile.from; j < tile.to; j++) {
    const row = tile.offset + j;
    if (options.self === 'skip' && row === query) continue;
    const scale = lengths[query]! * tile.lengths[j]!;
    place(best, query, { row, score: scale === 0 ? 0 : dot(vector, tile.block, j) / scale });
  }
}

/** Rows come in ascending order, so that only a higher score moves one that is there: ties stay with the lower number. */
function place({ k, rows, scores, filled }: Places, query: number, found: { row: number; score: number }): void {
  const start = query * k;
  const count = filled[query]!;
  if (k === 0 || (count === k && found.score <= scores[start + k - 1]!)) return;
  let at = start + Math.min(count, k - 1);
  for (; at > start && scores[at - 1]! < found.score; at--) {
    scores[at] = scores[at - 1]!;
    rows[at] = rows[at - 1]!;
  }
  scores[at] = found.score;
  rows[at] = found.row;
  if (count < k) filled[query] = count + 1;
}

function neighbours({ k, rows, scores, filled }: Places): Neighbours {
  const taken = (all: Float64Array) => Array.from(filled, (count, q) => Array.from(all.subarray(q * k, q * k + count)));
  return { kind: 'neighbours', rows: taken(rows), scores: taken(scores) };
}
