import { buildBatch, nullColumn } from '../columns/build.js';
import type { Batch, Column } from '../columns/column.js';
import { concat } from '../columns/concat.js';
import type { RowNumber } from '../columns/error.js';
import { inferColumns, unifyTypes } from '../columns/infer.js';
import type { Columns, Type } from '../columns/type.js';
import { widen } from '../columns/widen.js';
import type { Row } from '../declare/row.js';
import type { Digest, Format, Journal, Segment, Store } from '../ports/store.js';
import { bytesOf } from '../tables/group-reader.js';
import { SegmentWriter } from '../tables/segment-writer.js';
import { type Answered, packAnswered } from './frames.js';
import { type Journaled, type Remembered, RowMemory, recall } from './memory.js';

/** Beside the answers of a call: what is worth keeping and no content, and a remembered failure. */
export const NOTES = '#notes';
export const ERROR = '#error';

export interface AnswersOf {
  readonly store: Store;
  /** Forced: the redraw whose answers alone count. */
  readonly onlyRedraw: number | undefined;
  /** Whose rows count too: the same calls, as an earlier version named them. */
  readonly former?: Digest | undefined;
  /** No columns: inferred from what the functions return. */
  readonly answers: Columns;
  readonly noted: boolean;
  readonly counted: boolean;
  readonly format: Format;
  readonly remember: boolean;
}

interface Adopted {
  readonly keys: Uint8Array;
  readonly counts?: Uint32Array;
  readonly rows: number;
}

/** The answers of a row identity: what is remembered, and what this run adds, each on disk before it counts. */
export class AnswerLog {
  readonly segments: Segment[];
  readonly #pending: Journaled[] = [];
  readonly #drop: string[];
  #journal: Journal | undefined;
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    readonly identity: Digest,
    readonly of: AnswersOf,
    readonly redraw: number,
    { memory, journaled, abandoned, borrowed }: Remembered,
  ) {
    this.memory = memory;
    this.borrowed = borrowed;
    this.segments = [...memory.segments];
    this.#drop = [...abandoned];
    for (const each of journaled) this.#pend(each);
  }

  readonly memory: RowMemory;
  readonly borrowed: boolean;

  static async open(identity: Digest, of: AnswersOf): Promise<AnswerLog> {
    if (!of.remember) return new AnswerLog(identity, of, 0, nothingKnown());
    const redraw = of.onlyRedraw ?? of.store.redraw(identity).done;
    return new AnswerLog(identity, of, redraw, await recall(identity, of));
  }

  /** When it returns, a kill loses nothing of it. Gives the entry of the first key; the memory does not find it by key. */
  async add(answered: Answered): Promise<number> {
    const { keys, counts } = answered;
    if (this.of.remember) {
      this.#journal ??= this.of.store.journal(this.identity, this.redraw);
      const safe = this.#journal.append(packAnswered(answered));
      if (safe) await safe;
    }
    const first = this.memory.place(keys, counts, answered.batch.rows);
    this.#pend({ answered, redraw: this.redraw });
    if (this.#bytes > ROLL_BYTES) await this.#roll();
    return first;
  }

  /** Answers that stand in journals only, each as it was added. */
  get waiting(): readonly Batch[] {
    return this.#pending.map(({ answered }) => answered.batch);
  }

  /** Everything answered stands in segments; journals are no longer needed. */
  async settle(): Promise<void> {
    await this.#roll();
    this.#closeJournal();
    for (const id of this.#drop.splice(0)) this.of.store.dropJournal(id);
  }

  /** Known answers that stand in segments of their own now. Gives the entry of the first. */
  adopt(segments: readonly Segment[], { keys, counts, rows }: Adopted): number {
    this.segments.push(...segments);
    for (const segment of segments) this.of.store.remember(this.identity, this.redraw, segment);
    return this.memory.place(keys, counts, rows);
  }

  /** The stage stopped: its journal stays, as memory for the next run. */
  async keep(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#journal?.close();
    this.#journal = undefined;
  }

  #closeJournal(): void {
    if (!this.#journal) return;
    this.#drop.push(this.#journal.id);
    this.#journal.close();
    this.#journal = undefined;
  }

  #pend(each: Journaled): void {
    this.#pending.push(each);
    const { batch, keys } = each.answered;
    for (const column of batch.columns.values()) this.#bytes += bytesOf(column);
    this.#bytes += keys.length;
  }

  #roll(): Promise<void> {
    const pending = this.#pending.splice(0);
    this.#bytes = 0;
    this.#writing = this.#writing.then(async () => {
      for (const alike of inSegments(pending)) await this.#write(alike);
    });
    return this.#writing;
  }

  async #write({ redraw, answered, columns }: Alike): Promise<void> {
    const writer = new SegmentWriter(this.of.store, columns, this.of.format);
    const counted = answered.some((a) => a.counts);
    for (const part of merged(answered, columns)) writer.add(part.batch, counted ? withCounts(part) : part);
    const segment = await writer.flush();
    this.segments.push(segment);
    if (this.of.remember) this.of.store.remember(this.identity, redraw, segment);
  }

  /** Answers as they are stored. Throws a ColumnError where there is a value that its column cannot hold. */
  batchOf(rows: readonly Row[], number?: RowNumber): Batch {
    const { answers, noted } = this.of;
    const declared = Object.keys(answers).length || this.of.counted ? answers : inferColumns(rows, number);
    return buildBatch(rows, noted ? { ...declared, [NOTES]: 'text', [ERROR]: 'text' } : declared, number);
  }
}

const nothingKnown = (): Remembered => ({ memory: new RowMemory(), journaled: [], abandoned: [], borrowed: false });

const ROLL_BYTES = 20 << 20;
const MERGE_ROWS = 8192;

interface Alike {
  readonly redraw: number;
  readonly answered: readonly Answered[];
  readonly columns: Columns;
}

/** One segment holds answers of one redraw whose columns go together, in their order: rows have their places already. */
function inSegments(pending: readonly Journaled[]): Alike[] {
  const segments: { redraw: number; answered: Answered[]; columns: Columns }[] = [];
  for (const { answered, redraw } of pending) {
    const last = segments.at(-1);
    const own = Object.fromEntries([...answered.batch.columns].map(([name, { type }]) => [name, type]));
    const columns = last?.redraw === redraw ? unified(last.columns, own) : undefined;
    if (!last || !columns) segments.push({ redraw, answered: [answered], columns: own });
    else {
      last.columns = columns;
      last.answered.push(answered);
    }
  }
  return segments;
}

/** The columns of both, or nothing where one is of two types. */
function unified(before: Columns, more: Columns): Columns | undefined {
  if (before === more) return before;
  const columns = new Map<string, Type>(Object.entries(before));
  for (const [name, type] of Object.entries(more)) {
    const known = columns.get(name);
    const both = known === undefined ? type : unifyTypes(known, type);
    if (both === undefined) return undefined;
    columns.set(name, both);
  }
  return Object.fromEntries(columns);
}

const withCounts = (part: Answered): Answered =>
  part.counts ? part : { ...part, counts: new Uint32Array(part.keys.length / 16).fill(1) };

/** Many small batches as few of a good size: a call's answer is one row, a file's batch thousands. */
function* merged(pending: readonly Answered[], columns: Columns): Generator<Answered> {
  let part: Answered[] = [];
  let rows = 0;
  for (const answered of pending) {
    if (rows && rows + answered.batch.rows > MERGE_ROWS) {
      yield mergeOf(part, columns);
      part = [];
      rows = 0;
    }
    part.push(answered);
    rows += answered.batch.rows;
  }
  if (part.length) yield mergeOf(part, columns);
}

function mergeOf(parts: readonly Answered[], columns: Columns): Answered {
  const counts = parts.some((p) => p.counts)
    ? Uint32Array.from(parts.flatMap((p) => [...(withCounts(p).counts as Uint32Array)]))
    : undefined;
  return {
    keys: parts.length === 1 ? (parts[0] as Answered).keys : Buffer.concat(parts.map((p) => p.keys)),
    ...(counts && { counts }),
    batch: {
      rows: parts.reduce((sum, p) => sum + p.batch.rows, 0),
      columns: new Map(
        Object.entries(columns).map(([name, type]) => [name, concat(parts.map((p) => columnAs(p.batch, name, type)))]),
      ),
    },
  };
}

const columnAs = (batch: Batch, name: string, type: Type): Column => {
  const column = batch.columns.get(name);
  return column ? widen(column, type) : nullColumn(type, batch.rows);
};
