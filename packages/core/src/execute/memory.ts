import { KeyIndex } from '../columns/lookup.js';
import { DamagedError, type Digest, type Segment, type Store } from '../ports/store.js';
import { type Answered, unpackAnswered } from './frames.js';

/** The rows known of an identity, from every artifact and journal of it: key → entry → rows. */
export class RowMemory {
  readonly segments: Segment[] = [];
  readonly #index = new KeyIndex();
  /** For each segment, and then each batch answered in this run: first entry, first row, rows of each entry. */
  readonly #runs: {
    readonly entry: number;
    readonly row: number;
    readonly entries: number;
    readonly starts?: Uint32Array;
    readonly counts?: Uint32Array;
  }[] = [];
  #entries = 0;
  #rows = 0;

  /** Where rows that are not in a segment yet will stand, once they are: after all others, in the order they are added. */
  add(keys: Uint8Array, counts: Uint32Array | undefined, rows: number): number {
    const first = this.#entries;
    const entries = keys.length / 16;
    this.#index.add(keys, first);
    this.#runs.push({ entry: first, row: this.#rows, entries, ...(counts && { counts, starts: startsOf(counts) }) });
    this.#entries += entries;
    this.#rows += rows;
    return first;
  }

  find(keys: Uint8Array): Int32Array {
    return this.#index.find(keys);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The rows of an entry: the first, and how many. */
  rowsOf(entry: number): readonly [first: number, count: number] {
    const run = this.#runs[this.#runOf(entry)];
    if (!run) throw new Error('BUG: an entry of the row memory has no rows');
    const at = entry - run.entry;
    if (!run.counts || !run.starts) return [run.row + at, 1];
    return [run.row + (run.starts[at] as number), run.counts[at] as number];
  }

  #runOf(entry: number): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle]?.entry as number) <= entry) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const startsOf = (counts: Uint32Array): Uint32Array => {
  const starts = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i++) starts[i] = (starts[i - 1] as number) + (counts[i - 1] as number);
  return starts;
};

export interface Remembered {
  readonly memory: RowMemory;
  /** Answers that stand in journals only, oldest first, with the journals that can be dropped once these are in a segment. */
  readonly journaled: readonly Answered[];
  readonly abandoned: readonly string[];
}

/** Under a forced redraw only what that redraw answered counts; else all finished ones, later over earlier. */
export async function recall(identity: Digest, forced: number | undefined, store: Store): Promise<Remembered> {
  const { done } = store.redraw(identity);
  const counts = (redraw: number): boolean => (forced === undefined ? redraw <= done : redraw === forced);
  const known = store.memory(identity).filter((m) => counts(m.redraw));
  const memory = new RowMemory();
  for (const { segment } of [...known].sort((a, b) => a.redraw - b.redraw || a.counter - b.counter))
    await take(memory, segment, store);
  const journaled: Answered[] = [];
  const abandoned: string[] = [];
  const redraws = forced === undefined ? Array.from({ length: done + 1 }, (_, i) => i) : [forced];
  for (const redraw of redraws) {
    for (const journal of store.journals(identity, redraw)) {
      for (const frame of journal.frames) journaled.push(unpackAnswered(frame));
      if (journal.abandoned) abandoned.push(journal.id);
    }
  }
  return { memory, journaled, abandoned };
}

/** A segment counts as a whole: with its values, digests and keys. What is swept or set aside is not known any more. */
async function take(memory: RowMemory, segment: Segment, store: Store): Promise<void> {
  const ids = [segment.data, segment.keys, segment.counts, ...Object.values(segment.digests)].filter(
    (id): id is string => id !== undefined,
  );
  if (!segment.keys || store.missing(ids).length) return;
  try {
    const keys = await store.getBytes(segment.keys);
    const counts = segment.counts ? toCounts(await store.getBytes(segment.counts)) : undefined;
    memory.segments.push(segment);
    memory.add(keys, counts, segment.rows);
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
  }
}

const toCounts = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(bytes).buffer);
