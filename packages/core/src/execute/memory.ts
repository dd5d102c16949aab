import { KeyIndex } from '../columns/lookup.js';
import { DamagedError, type Digest, type Memory, type Segment, type Store } from '../ports/store.js';
import { type Answered, unpackAnswered } from './frames.js';

/** The count of an entry whose answer no longer counts: it was forced and failed, and what was known before is not wanted. */
export const FORGOTTEN = 0xffffffff;

interface Placed {
  /** First entry, first row. */
  readonly entry: number;
  readonly row: number;
  readonly counts?: Uint32Array;
  readonly starts?: Uint32Array;
}

/** The rows known of an identity, from every artifact and journal of it: key → entry → rows. */
export class RowMemory {
  readonly segments: Segment[] = [];
  readonly #index = new KeyIndex();
  readonly #placed: Placed[] = [];
  #entries = 0;
  #rows = 0;
  #forgets = false;
  /** Entries that came from outside: from the first to before the last. */
  readonly #given: (readonly [from: number, to: number])[] = [];

  get size(): number {
    return this.#entries;
  }

  /** Where rows stand: those that are in no segment yet after all others, in the order in which they are placed. */
  place(keys: Uint8Array, counts: Uint32Array | undefined, rows: number): number {
    const entry = this.#entries;
    this.#placed.push({ entry, row: this.#rows, ...(counts && { counts, starts: startsOf(counts) }) });
    this.#entries += keys.length / 16;
    this.#rows += rows;
    this.#forgets ||= counts?.includes(FORGOTTEN) ?? false;
    return entry;
  }

  /** What was placed since then came from outside: no call was paid for it. */
  giveFrom(entry: number): void {
    this.#given.push([entry, this.#entries]);
  }

  isGiven(entry: number): boolean {
    return this.#given.some(([from, to]) => entry >= from && entry < to);
  }

  /** All that is placed is about to be known. */
  expect(): void {
    this.#index.reserve(this.#entries);
  }

  /** Later ones win. */
  know(keys: Uint8Array, firstEntry: number): void {
    this.#index.add(keys, firstEntry);
  }

  /** The entry of each key, or of its former one where it is not known; −1 where there is none. */
  find(keys: Uint8Array, former?: Uint8Array): Int32Array {
    if (this.#index.size === 0) return new Int32Array(keys.length / 16).fill(-1);
    const before = former && this.#index.find(former);
    const found = this.#index.find(keys).map((entry, i) => (entry < 0 && before ? (before[i] as number) : entry));
    if (!this.#forgets) return found;
    return found.map((entry) => (entry >= 0 && this.#countOf(entry) === FORGOTTEN ? -1 : entry));
  }

  /** The rows of an entry: the first, and how many. */
  rowsOf(entry: number): readonly [first: number, count: number] {
    const placed = this.#placedAt(entry);
    const at = entry - placed.entry;
    if (!placed.counts || !placed.starts) return [placed.row + at, 1];
    return [placed.row + (placed.starts[at] as number), placed.counts[at] as number];
  }

  /** Of an entry that has just one. */
  rowOf(entry: number): number {
    const placed = this.#placedAt(entry);
    return placed.starts
      ? placed.row + (placed.starts[entry - placed.entry] as number)
      : placed.row + entry - placed.entry;
  }

  #countOf(entry: number): number {
    const { entry: first, counts } = this.#placedAt(entry);
    return counts ? (counts[entry - first] as number) : 1;
  }

  #last = 0;

  /** Entries are mostly asked for in their order. */
  #placedAt(entry: number): Placed {
    const all = this.#placed;
    const last = all[this.#last];
    if (last && entry >= last.entry && entry < (all[this.#last + 1]?.entry ?? this.#entries)) return last;
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((all[middle] as Placed).entry <= entry) low = middle;
      else high = middle - 1;
    }
    this.#last = low;
    const found = entry < 0 ? undefined : all[low];
    if (!found) throw new Error('BUG: an entry of the row memory has no rows');
    return found;
  }
}

function startsOf(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i++) starts[i] = (starts[i - 1] as number) + rowsIn(counts[i - 1] as number);
  return starts;
}

const rowsIn = (count: number): number => (count === FORGOTTEN ? 0 : count);

export interface Journaled {
  readonly answered: Answered;
  readonly redraw: number;
}

export interface Remembered {
  readonly memory: RowMemory;
  /** Answers that stand in journals only, in the order in which they are placed; the journals can be dropped once these are in segments. */
  readonly journaled: readonly Journaled[];
  readonly abandoned: readonly string[];
  /** Rows of another identity count here too, as long as a person says so: they are not written under this one. */
  readonly borrowed: boolean;
}

interface Recalled {
  readonly onlyRedraw: number | undefined;
  readonly former?: Digest | undefined;
  readonly store: Store;
}

/**
 * Under a forced redraw only what that redraw answered counts. Else all finished ones, later over earlier; and what a
 * killed one had answered, where nothing else is known.
 */
export async function recall(identity: Digest, { onlyRedraw, former, store }: Recalled): Promise<Remembered> {
  const { done, open } = store.redraw(identity);
  const rising = [...(open === undefined ? [] : [open]), ...Array.from({ length: done + 1 }, (_, i) => i)];
  const redraws = onlyRedraw === undefined ? rising : [onlyRedraw];
  const memory = new RowMemory();
  const known: { readonly redraw: number; readonly know: () => void }[] = [];
  const accepted = onlyRedraw === undefined ? store.fact(acceptedRows(identity)) : undefined;
  const before = former === identity || onlyRedraw !== undefined ? undefined : former;
  const borrowed = [before, accepted].flatMap((other) => (typeof other === 'string' ? asTheyCount(other, store) : []));
  for (const { segment } of borrowed) {
    const keys = await take(memory, segment, store);
    if (keys) known.push({ redraw: redraws[0] as number, know: keys });
  }
  for (const { redraw, segment } of [...store.memory(identity)].sort((a, b) => a.counter - b.counter)) {
    const keys = redraws.includes(redraw) ? await take(memory, segment, store) : undefined;
    if (keys) known.push({ redraw, know: keys });
  }
  const given: (typeof known)[number][] = [];
  for (const { own, redraw } of importsOf(identity, store).filter(({ redraw }) => redraws.includes(redraw)))
    for (const { segment } of store.memory(own)) {
      const first = memory.size;
      const know = await take(memory, segment, store);
      memory.giveFrom(first);
      if (know) given.push({ redraw, know });
    }
  const { journaled, abandoned } = journaledOf(identity, redraws, store);
  const own = journaled.length;
  if (before) addFormer({ journaled, abandoned }, before, { redraw: done, store });
  for (const { answered, redraw } of journaled) {
    const first = memory.place(answered.keys, answered.counts, answered.batch.rows);
    known.push({ redraw, know: () => memory.know(answered.keys, first) });
  }
  known.push(...given);
  memory.expect();
  for (const redraw of redraws) for (const each of known) if (each.redraw === redraw) each.know();
  const isBorrowed = borrowed.length > 0 || journaled.length > own;
  return { memory, journaled, abandoned, borrowed: isBorrowed };
}

/** The fact that says whose rows count for an identity too, since a person accepted a change of its code. */
export const acceptedRows = (identity: Digest): string => `accepted rows:${identity}`;

/** The fact that lists which rows from outside count for an identity, and after which of its redraws they came. */
export const importedRows = (identity: Digest): string => `imported rows:${identity}`;

interface Import {
  readonly own: Digest;
  readonly redraw: number;
}

export const importsOf = (identity: Digest, store: Pick<Store, 'fact'>): readonly Import[] =>
  (store.fact(importedRows(identity)) ?? []) as readonly Import[];

/** What a killed redraw answered before all finished ones, and these in their order. */
function asTheyCount(identity: Digest, store: Store): Memory[] {
  const { done } = store.redraw(identity);
  const rank = ({ redraw }: Memory) => (redraw > done ? -1 : redraw);
  return [...store.memory(identity)].sort((a, b) => rank(a) - rank(b) || a.counter - b.counter);
}

interface FromJournals {
  readonly journaled: Journaled[];
  readonly abandoned: string[];
}

/** From now on they stand under the identity of now; what it answered itself comes later, and wins. */
function addFormer(own: FromJournals, former: Digest, { redraw, store }: { redraw: number; store: Store }): void {
  const { done } = store.redraw(former);
  const theirs = journaledOf(
    former,
    Array.from({ length: done + 1 }, (_, i) => i),
    store,
  );
  own.journaled.unshift(...theirs.journaled.map(({ answered }) => ({ answered, redraw })));
  own.abandoned.push(...theirs.abandoned);
}

function journaledOf(identity: Digest, redraws: readonly number[], store: Store): FromJournals {
  const journaled: Journaled[] = [];
  const abandoned: string[] = [];
  for (const redraw of redraws) {
    for (const journal of store.journals(identity, redraw)) {
      for (const frame of journal.frames) journaled.push({ answered: unpackAnswered(frame), redraw });
      if (journal.abandoned) abandoned.push(journal.id);
    }
  }
  return { journaled, abandoned };
}

/** A segment counts as a whole, its values with its keys. What is swept or set aside is not known any more. */
async function take(memory: RowMemory, segment: Segment, store: Store): Promise<(() => void) | undefined> {
  const ids = [segment.data, segment.keys, segment.counts].filter((id): id is string => id !== undefined);
  if (!segment.keys || store.missing(ids).length) return undefined;
  try {
    const keys = await store.getBytes(segment.keys);
    const counts = segment.counts ? toCounts(await store.getBytes(segment.counts)) : undefined;
    memory.segments.push(segment);
    const first = memory.place(keys, counts, segment.rows);
    return () => memory.know(keys, first);
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    return undefined;
  }
}

const toCounts = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(bytes).buffer);
