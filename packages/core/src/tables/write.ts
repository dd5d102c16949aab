import type { Batch, Column } from '../columns/column.js';
import { ColumnDigest, isWide } from '../columns/digest.js';
import { gather } from '../columns/gather.js';
import { keysAt, rowKeys } from '../columns/keys.js';
import { KeyIndex } from '../columns/lookup.js';
import type { Columns } from '../columns/type.js';
import type { Digest, Format, Group, Segment, Store, StoredColumn } from '../ports/store.js';
import { bytesOf } from './group-reader.js';
import { digestsOf, SegmentWriter } from './segment-writer.js';
import { distinct, isScattered, mayBeScattered, rowsIn, usedGroup, windowsOf, writeAnew } from './segments.js';

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
/** A quarter of a gigabyte: what is beyond is written, found or not. */
const MOST_KEYS = 1 << 23;

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
    const places = await this.#compacted(new Int32Array(map.buffer, map.byteOffset, this.#rows));
    const group = await usedGroup({ segments: this.#segments, places }, this.store);
    const columns = [...this.#digests].map(([name, digest]) => ({
      name,
      type: this.table.columns[name] as Columns[string],
      digest: digest.digest(),
      group: 0,
      stored: name,
    }));
    for (const segment of group.segments)
      if (this.table.earlier && segment.keys && this.#segments.indexOf(segment) >= this.#earlierSegments)
        this.store.remember(this.table.earlier, 0, segment);
    return { rows: this.#rows, columns, group };
  }

  async #compacted(places: Int32Array): Promise<Int32Array> {
    if (!this.#index || !mayBeScattered(this.#segments, places.length)) return places;
    if (!isScattered({ segments: this.#segments, places })) return places;
    const before = rowsIn(this.#segments);
    const rows = distinct(places, before);
    const parts = [...windowsOf(rows)].map((some) => ({
      rows: some,
      beside: (batch: Batch) => ({ keys: keysOf(batch) }),
    }));
    this.#segments.push(...(await writeAnew(parts, { ...this.table, segments: this.#segments }, this.store)));
    const moved = new Int32Array(before);
    for (let i = 0; i < rows.length; i++) moved[rows[i] as number] = before + i;
    return places.map((place) => moved[place] as number);
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
      if (this.#index.size < MOST_KEYS) this.#index.add(await this.store.getBytes(segment.keys), this.#base);
      this.#segments.push(segment);
      this.#base += segment.rows;
    }
    this.#earlierSegments = this.#segments.length;
  }

  async #addNew(batch: Batch, index: KeyIndex): Promise<void> {
    const keys = keysOf(batch);
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
    if (index.size < MOST_KEYS) index.add(freshKeys, this.#base + this.#written);
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

const keysOf = (batch: Batch): Uint8Array =>
  rowKeys(
    [...batch.columns].map(([role, column]) => ({
      role,
      column,
      ...(isWide(column.type) && { digests: digestsOf(column) }),
    })),
    batch.rows,
  );

const pickRows = (batch: Batch, rows: Int32Array): Batch => ({
  rows: rows.length,
  columns: new Map([...batch.columns].map(([name, column]) => [name, gather(column, rows)])),
});
