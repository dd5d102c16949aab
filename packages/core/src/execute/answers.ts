import { buildBatch, nullColumn } from '../columns/build.js';
import type { Batch, Column } from '../columns/column.js';
import { concat } from '../columns/concat.js';
import { inferColumns, unifyTypes } from '../columns/infer.js';
import type { Columns, Type } from '../columns/type.js';
import { widen } from '../columns/widen.js';
import type { Row } from '../declare/table.js';
import type { Digest, Format, Journal, Segment, Store } from '../ports/store.js';
import { SegmentWriter } from '../tables/write.js';
import { type Answered, packAnswered } from './frames.js';
import { type RowMemory, recall } from './memory.js';

/** Beside the answers of a call: what is worth keeping and no content, and a remembered failure. */
export const NOTES = '#notes';
export const ERROR = '#error';

export interface AnswersOf {
  readonly store: Store;
  readonly forced: boolean;
  /** No columns: inferred from what the functions return. */
  readonly answers: Columns;
  readonly noted: boolean;
  readonly counted: boolean;
  readonly format: Format;
  readonly remember: boolean;
}

export interface Given {
  readonly keys: Uint8Array;
  readonly counts?: Uint32Array;
  readonly rows: readonly Row[];
}

/** The answers of a row identity: what is remembered, and what this run adds, each on disk before it counts. */
export class AnswerLog {
  readonly segments: Segment[];
  readonly #pending: Answered[] = [];
  #journal: Journal | undefined;
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();
  readonly #drop: string[];

  private constructor(
    readonly identity: Digest,
    readonly of: AnswersOf,
    readonly memory: RowMemory,
    readonly redraw: number,
    abandoned: readonly string[],
  ) {
    this.segments = [...memory.segments];
    this.#drop = [...abandoned];
  }

  static async open(identity: Digest, of: AnswersOf): Promise<AnswerLog> {
    const redraw = of.forced ? of.store.openRedraw(identity) : of.store.redraw(identity).done;
    const { memory, journaled, abandoned } = await recall(identity, of.forced ? redraw : undefined, of.store);
    const log = new AnswerLog(identity, of, memory, redraw, abandoned);
    for (const answered of journaled) log.#take(answered);
    return log;
  }

  /** When it returns, a kill loses nothing of it. */
  async add(given: Given): Promise<void> {
    const answered = {
      keys: given.keys,
      ...(given.counts && { counts: given.counts }),
      batch: this.#batch(given.rows),
    };
    if (this.of.remember) {
      this.#journal ??= this.of.store.journal(this.identity, this.redraw);
      this.#journal.append(packAnswered(answered));
    }
    this.#take(answered);
    if (this.#bytes > ROLL_BYTES) await this.#roll();
  }

  /** Everything answered stands in segments; journals are no longer needed. */
  async settle(): Promise<void> {
    await this.#roll();
    this.#closeJournal();
    for (const id of this.#drop.splice(0)) this.of.store.dropJournal(id);
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

  #take(answered: Answered): void {
    this.#pending.push(answered);
    for (const column of answered.batch.columns.values()) this.#bytes += column.values?.byteLength ?? 64;
    this.#bytes += answered.keys.length;
    this.memory.add(answered.keys, answered.counts, answered.batch.rows);
  }

  #roll(): Promise<void> {
    const pending = this.#pending.splice(0);
    this.#bytes = 0;
    if (pending.length) this.#writing = this.#writing.then(() => this.#write(pending));
    return this.#writing;
  }

  async #write(pending: readonly Answered[]): Promise<void> {
    const columns = unified(pending.map((a) => a.batch));
    const writer = new SegmentWriter(this.of.store, columns, this.of.format);
    for (const part of merged(pending, columns)) writer.add(part.batch, part);
    const segment = await writer.flush();
    this.segments.push(segment);
    if (this.of.remember) this.of.store.remember(this.identity, this.redraw, segment);
  }

  #batch(rows: readonly Row[]): Batch {
    const { answers, noted } = this.of;
    const declared = Object.keys(answers).length || this.of.counted ? answers : inferColumns(rows);
    return buildBatch(rows, noted ? { ...declared, [NOTES]: 'text', [ERROR]: 'text' } : declared);
  }
}

const ROLL_BYTES = 32 << 20;
const MERGE_ROWS = 8192;

function unified(batches: readonly Batch[]): Columns {
  const columns: Record<string, Type> = {};
  for (const batch of batches) {
    for (const [name, { type }] of batch.columns) {
      const before = Object.hasOwn(columns, name) ? columns[name] : undefined;
      const both = before === undefined ? type : unifyTypes(before, type);
      if (both === undefined) throw mixed(name, before as Type, type);
      Object.defineProperty(columns, name, { value: both, enumerable: true, writable: true, configurable: true });
    }
  }
  return columns;
}

export const mixed = (name: string, a: Type, b: Type): Error =>
  new Error(
    `Column ${name} is ${JSON.stringify(a)} in some rows and ${JSON.stringify(b)} in others: a column has one type. Return one type, or declare the column.`,
  );

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
    ? Uint32Array.from(parts.flatMap((p) => [...(p.counts as Uint32Array)]))
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
