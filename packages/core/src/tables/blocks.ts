/** A batch of a segment, and the places that it holds. */
export interface Block {
  readonly segment: number;
  readonly batch: number;
  readonly start: number;
  readonly end: number;
}

/** Rows that are wanted of a block. */
export interface Wanted extends Pick<Block, 'segment' | 'batch'> {
  readonly rows: Int32Array;
}

interface Met extends Block {
  readonly number: number;
  /** Rows wanted of it. */
  count: number;
}

interface Segments {
  readonly segmentOf: (place: number) => number;
  readonly blockOf: (segment: number, place: number) => Promise<Block>;
}

/** The blocks that hold these places, with the rows wanted of each; and the order of the places in these, block after block. */
export async function locate(
  places: Int32Array,
  { segmentOf, blockOf }: Segments,
): Promise<{ blocks: readonly Wanted[]; order: Int32Array | undefined }> {
  const blocks: Met[] = [];
  const bySegment = new Map<number, Met[]>();
  const of = new Int32Array(places.length).fill(-1);
  let inOrder = true;
  let current: Met | undefined;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if (place < 0) {
      inOrder = false;
      continue;
    }
    if (!current || place < current.start || place >= current.end) {
      const segment = segmentOf(place);
      const known = bySegment.get(segment) ?? [];
      current = known.find((b) => place >= b.start && place < b.end);
      if (current) inOrder = false;
      else {
        current = { ...(await blockOf(segment, place)), number: blocks.length, count: 0 };
        blocks.push(current);
        bySegment.set(segment, [...known, current]);
      }
    }
    current.count++;
    of[i] = current.number;
  }
  return { blocks: wantedOf(blocks, places, of), order: inOrder ? undefined : orderOf(blocks, of) };
}

function wantedOf(blocks: readonly Met[], places: Int32Array, of: Int32Array): Wanted[] {
  const wanted = blocks.map(({ segment, batch, count }) => ({ segment, batch, rows: new Int32Array(count) }));
  const next = new Int32Array(blocks.length);
  for (let i = 0; i < places.length; i++) {
    const number = of[i] as number;
    if (number < 0) continue;
    const at = next[number] as number;
    (wanted[number] as Wanted).rows[at] = (places[i] as number) - (blocks[number] as Met).start;
    next[number] = at + 1;
  }
  return wanted;
}

function orderOf(blocks: readonly Met[], of: Int32Array): Int32Array {
  const next = new Int32Array(blocks.length);
  for (let i = 1; i < blocks.length; i++) next[i] = (next[i - 1] as number) + (blocks[i - 1] as Met).count;
  return of.map((number) => {
    if (number < 0) return -1;
    const at = next[number] as number;
    next[number] = at + 1;
    return at;
  });
}
