import type { Batch, Column } from '../columns/column.js';
import { isWide, valueDigests } from '../columns/digest.js';
import type { Columns } from '../columns/type.js';
import type { Format, Objects, Segment } from '../ports/store.js';
import { bytesOf } from './group-reader.js';

/** A segment is written when it is so large: bounded memory, few files. */
const SEGMENT_BYTES = 32 << 20;
const SEGMENT_ROWS = 1 << 20;

export interface Beside {
  /** 16 bytes for each entry: what the rows are remembered by. */
  readonly keys?: Uint8Array;
  /** Rows of each entry, where it may be other than one. */
  readonly counts?: Uint32Array;
}

/** Collects batches, writes a segment when there is enough. */
export class SegmentWriter {
  #batches: Batch[] = [];
  #beside: Beside[] = [];
  #rows = 0;
  #bytes = 0;

  constructor(
    readonly objects: Objects,
    readonly columns: Columns,
    readonly format: Format,
  ) {}

  add(batch: Batch, beside: Beside = {}): void {
    this.#batches.push(batch);
    this.#beside.push(beside);
    this.#rows += batch.rows;
    for (const column of batch.columns.values()) this.#bytes += bytesOf(column);
    this.#bytes += beside.keys?.length ?? 0;
  }

  get full(): boolean {
    return this.#bytes >= SEGMENT_BYTES || this.#rows >= SEGMENT_ROWS;
  }

  get empty(): boolean {
    return this.#beside.length === 0;
  }

  async flush(): Promise<Segment> {
    const batches = this.#batches;
    const beside = this.#beside;
    const rows = this.#rows;
    this.#batches = [];
    this.#beside = [];
    this.#rows = 0;
    this.#bytes = 0;
    const names = Object.keys(this.columns);
    const data = names.length ? await this.objects.putRows(batches, this.columns, this.format) : undefined;
    return {
      rows,
      columns: this.columns,
      bytes: data?.bytes ?? 0,
      ...(data && { data: data.object }),
      ...(data?.checks !== undefined && { checks: data.checks }),
      digests: await this.#digests(batches),
      ...(beside.some((b) => b.keys) && {
        keys: await this.objects.putBytes(join(beside.map((b) => b.keys as Uint8Array))),
      }),
      ...(beside.some((b) => b.counts) && {
        counts: await this.objects.putBytes(join(beside.map((b) => bytesIn(b.counts as Uint32Array)))),
      }),
    };
  }

  async #digests(batches: readonly Batch[]): Promise<Record<string, string>> {
    const out: [string, string][] = [];
    for (const [name, type] of Object.entries(this.columns)) {
      if (!isWide(type)) continue;
      const digests = join(batches.map((batch) => digestsOf(batch.columns.get(name) as Column)));
      out.push([name, await this.objects.putBytes(digests)]);
    }
    return Object.fromEntries(out);
  }
}

const kept = new WeakMap<Column, Uint8Array>();

/** Value digests of a column, computed once however often they are asked for. */
export function digestsOf(column: Column): Uint8Array {
  const known = kept.get(column);
  if (known) return known;
  const made = valueDigests(column);
  kept.set(column, made);
  return made;
}

const join = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);

const bytesIn = (array: Uint32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
