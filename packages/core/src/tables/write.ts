import type { Batch, Column } from '../columns/column.js';
import { ColumnDigest, isWide, valueDigests } from '../columns/digest.js';
import { gather } from '../columns/gather.js';
import { rowKeys } from '../columns/keys.js';
import { KeyIndex } from '../columns/lookup.js';
import type { Columns } from '../columns/type.js';
import type { Digest, Format, Group, Objects, Segment, Store, StoredColumn } from '../ports/store.js';
import { isIdentity, packMap } from './map.js';
import { bytesOf } from './read.js';

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
    const out: Record<string, string> = {};
    for (const [name, type] of Object.entries(this.columns)) {
      if (!isWide(type)) continue;
      out[name] = await this.objects.putBytes(
        join(batches.map((batch) => digestsOf(batch.columns.get(name) as Column))),
      );
    }
    return out;
  }
}

const kept = new WeakMap<Column, Uint8Array>();

/** Value digests of a column, computed once however often they are asked for. */
function digestsOf(column: Column): Uint8Array {
  const known = kept.get(column);
  if (known) return known;
  const made = valueDigests(column);
  kept.set(column, made);
  return made;
}

const join = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);

const bytesIn = (array: Uint32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export interface WrittenTable {
  readonly rows: number;
  readonly columns: readonly StoredColumn[];
  readonly group: Group;
}

export interface WriteTable {
  readonly columns: Columns;
  readonly format: Format;
  /** Where rows of an earlier version of this table may stand: equal rows are not written twice. */
  readonly earlier?: Digest;
}

/** Writes a whole table in order; rows that an earlier version has are referred to, not written. */
export async function writeTable(
  batches: AsyncIterable<Batch>,
  table: WriteTable,
  store: Store,
): Promise<WrittenTable> {
  const writer = new TableWriter(table, store);
  for await (const batch of batches) await writer.add(batch);
  return writer.finish();
}

const WORTH_KEYS = 64;

class TableWriter {
  readonly #segments: Segment[] = [];
  readonly #places: Int32Array[] = [];
  readonly #digests: ReadonlyMap<string, ColumnDigest>;
  readonly #writer: SegmentWriter;
  #index: KeyIndex | undefined;
  #asked = false;
  #base = 0;
  #written = 0;
  #rows = 0;
  #earlierSegments = 0;

  constructor(
    readonly table: WriteTable,
    readonly store: Store,
  ) {
    this.#digests = new Map(Object.entries(table.columns).map(([name, type]) => [name, new ColumnDigest(type)]));
    this.#writer = new SegmentWriter(store, table.columns, table.format);
  }

  async add(batch: Batch): Promise<void> {
    for (const [name, digest] of this.#digests) {
      const column = batch.columns.get(name) as Column;
      if (isWide(column.type)) digest.update({ type: column.type, length: column.length, nulls: 0 }, digestsOf(column));
      else digest.update(column);
    }
    if (!this.#asked) await this.#lookEarlier(batch);
    this.#rows += batch.rows;
    if (this.#index) await this.#addNew(batch, this.#index);
    else await this.#addAll(batch);
    if (this.#writer.full) await this.#flush();
  }

  async finish(): Promise<WrittenTable> {
    if (!this.#writer.empty || this.#segments.length === 0) await this.#flush();
    const map = Buffer.concat(this.#places.map((p) => new Uint8Array(p.buffer, p.byteOffset, p.byteLength)));
    const places = new Int32Array(map.buffer, map.byteOffset, this.#rows);
    const { group, used } = await usedGroup(this.#segments, places, this.store);
    const columns = [...this.#digests].map(([name, digest]) => ({
      name,
      type: this.table.columns[name] as Columns[string],
      digest: digest.digest(),
      group: 0,
      stored: name,
    }));
    for (const segment of used)
      if (this.table.earlier && segment.keys && this.#segments.indexOf(segment) >= this.#earlierSegments)
        this.store.remember(this.table.earlier, 0, segment);
    return { rows: this.#rows, columns, group };
  }

  async #lookEarlier(first: Batch): Promise<void> {
    this.#asked = true;
    const { earlier, columns } = this.table;
    const size = [...first.columns.values()].reduce((sum, column) => sum + bytesOf(column), 0);
    if (!earlier || first.rows === 0 || size / first.rows < WORTH_KEYS) return;
    this.#index = new KeyIndex();
    const type = JSON.stringify(columns);
    for (const { segment } of this.store.memory(earlier)) {
      const ids = [segment.data, segment.keys].filter((id): id is string => id !== undefined);
      if (!segment.keys || JSON.stringify(segment.columns) !== type || this.store.missing(ids).length) continue;
      this.#index.add(await this.store.getBytes(segment.keys), this.#base);
      this.#segments.push(segment);
      this.#base += segment.rows;
    }
    this.#earlierSegments = this.#segments.length;
  }

  async #addNew(batch: Batch, index: KeyIndex): Promise<void> {
    const keys = rowKeys(
      [...batch.columns].map(([role, column]) => ({
        role,
        column,
        ...(isWide(column.type) && { digests: digestsOf(column) }),
      })),
      batch.rows,
    );
    const places = index.find(keys);
    const fresh = places.reduce((n, place) => n + (place < 0 ? 1 : 0), 0);
    const rows = new Int32Array(fresh);
    let next = 0;
    for (let i = 0; i < places.length; i++) {
      if ((places[i] as number) >= 0) continue;
      rows[next] = i;
      places[i] = this.#base + this.#written + next++;
    }
    this.#places.push(places);
    if (!fresh) return;
    const freshKeys = keysAt(keys, rows);
    index.add(freshKeys, this.#base + this.#written);
    this.#written += fresh;
    this.#writer.add(fresh === batch.rows ? batch : pickRows(batch, rows), { keys: freshKeys });
  }

  async #addAll(batch: Batch): Promise<void> {
    this.#places.push(Int32Array.from({ length: batch.rows }, (_, i) => this.#written + i));
    this.#written += batch.rows;
    this.#writer.add(batch);
  }

  async #flush(): Promise<void> {
    this.#segments.push(await this.#writer.flush());
  }
}

const pickRows = (batch: Batch, rows: Int32Array): Batch => ({
  rows: rows.length,
  columns: new Map([...batch.columns].map(([name, column]) => [name, gather(column, rows)])),
});

function followEachOther(rows: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] !== (rows[i - 1] as number) + 1) return false;
  return true;
}

export function keysAt(keys: Uint8Array, rows: Int32Array): Uint8Array {
  const first = rows[0] ?? 0;
  if (followEachOther(rows)) return keys.subarray(first * 16, (first + rows.length) * 16);
  const out = new Uint8Array(rows.length * 16);
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * 16;
    out.set(keys.subarray(at, at + 16), i * 16);
  }
  return out;
}

/** The segments that the places live in, and the map over just those; no map where it says nothing. */
export async function usedGroup(
  segments: readonly Segment[],
  places: Int32Array,
  objects: Objects,
): Promise<{ group: Group; used: Segment[] }> {
  const starts: number[] = [];
  let total = 0;
  for (const segment of segments) {
    starts.push(total);
    total += segment.rows;
  }
  const live = new Set<number>();
  let s = 0;
  for (const place of places) {
    if (place < 0) continue;
    if (place < (starts[s] as number) || place >= (starts[s] as number) + (segments[s] as Segment).rows)
      s = find(starts, place);
    live.add(s);
  }
  const order = [...live].sort((a, b) => a - b);
  const used = order.map((i) => segments[i] as Segment);
  const shift = new Map<number, number>();
  let base = 0;
  for (const i of order) {
    shift.set(i, base - (starts[i] as number));
    base += (segments[i] as Segment).rows;
  }
  const map = shifted(places, { starts, segments, shift });
  if (isIdentity(map, base)) return { group: { segments: used, maps: [] }, used };
  return { group: { segments: used, maps: [await objects.putBytes(packMap(map))] }, used };
}

function shifted(
  places: Int32Array,
  to: { starts: readonly number[]; segments: readonly Segment[]; shift: ReadonlyMap<number, number> },
): Int32Array {
  const out = new Int32Array(places.length);
  let s = 0;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if (place < 0) {
      out[i] = -1;
      continue;
    }
    const start = to.starts[s] as number;
    if (place < start || place >= start + (to.segments[s] as Segment).rows) s = find(to.starts, place);
    out[i] = place + (to.shift.get(s) as number);
  }
  return out;
}

function find(starts: readonly number[], place: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
