import { buildColumn, nullColumn } from '../columns/build.js';
import type { Column } from '../columns/column.js';
import { concat } from '../columns/concat.js';
import { nullDigest, valueDigests } from '../columns/digest.js';
import { gather } from '../columns/gather.js';
import { sameType } from '../columns/name.js';
import { slice } from '../columns/slice.js';
import type { Type } from '../columns/type.js';
import { widen } from '../columns/widen.js';
import {
  DamagedError,
  type Group,
  type Objects,
  type RowsReader,
  type Segment,
  type StoredColumn,
} from '../ports/store.js';
import { type Block, locate, type Wanted } from './blocks.js';
import { compose, find, startsOf, unpackMap } from './map.js';

const CACHE_BYTES = 192 << 20;
const AHEAD = 1;

/** What could not be opened was said where it was read. */
export const notOpen = (): void => undefined;

/** Reads the columns of one group by their places: through its map, from the blocks of its segments. */
export class GroupReader {
  readonly #starts: readonly number[];
  readonly #readers = new Map<number, Promise<RowsReader>>();
  readonly #cache = new Map<string, Column>();
  readonly #digests = new Map<string, BigUint64Array>();
  #cached = 0;

  private constructor(
    readonly segments: readonly Segment[],
    readonly map: Int32Array | undefined,
    readonly objects: Objects,
  ) {
    this.#starts = startsOf(segments);
  }

  static async open(group: Group, objects: Objects): Promise<GroupReader> {
    let map: Int32Array | undefined;
    for (const id of group.maps) {
      const next = unpackMap(await objects.getBytes(id));
      map = map ? compose(next, map) : next;
    }
    return new GroupReader(group.segments, map, objects);
  }

  places(from: number, to: number): Int32Array {
    if (this.map) return this.map.subarray(from, to);
    const places = new Int32Array(to - from);
    for (let i = 0; i < places.length; i++) places[i] = from + i;
    return places;
  }

  placesOf(rows: Int32Array): Int32Array {
    return this.map ? compose(rows, this.map) : rows;
  }

  async read(
    stored: readonly string[],
    places: Int32Array,
    wanted: readonly StoredColumn[],
  ): Promise<Map<string, Column>> {
    const { blocks, order } = await locate(places, {
      segmentOf: (place) => find(this.#starts, place),
      blockOf: (segment, place) => this.#blockOf(segment, place),
    });
    const out = new Map<string, Column>();
    for (const name of stored) {
      const type = (wanted.find((c) => c.stored === name) as StoredColumn).type;
      const parts = [];
      for await (const { column, rows } of this.#blocks(blocks, name)) parts.push(widen(cut(column, rows), type));
      const whole = parts.length ? concat(parts) : nothing(type);
      out.set(name, order ? gather(whole, order) : whole);
    }
    return out;
  }

  async digests(stored: string, places: Int32Array): Promise<Uint8Array> {
    const out = new Uint8Array(places.length * 16);
    const view = new BigUint64Array(out.buffer);
    let segment = 0;
    let digests: BigUint64Array | undefined;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      if (place < 0) {
        out.set(NO_VALUE, i * 16);
        continue;
      }
      if (!digests || !this.#inside(segment, place)) {
        segment = find(this.#starts, place);
        const key = `${segment}/${stored}`;
        digests = this.#digests.get(key) ?? aligned(await this.#loadDigests(segment, stored));
        this.#digests.set(key, digests);
      }
      const at = (place - (this.#starts[segment] as number)) * 2;
      view[i * 2] = digests[at] as bigint;
      view[i * 2 + 1] = digests[at + 1] as bigint;
    }
    return out;
  }

  /** Whether every segment has the column, in just this type: then the digests beside it count. */
  storedAs(stored: string, type: Type): boolean {
    return this.segments.every((s) => Object.hasOwn(s.columns, stored) && sameType(s.columns[stored] as Type, type));
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) await reader.then((open) => open.close(), notOpen);
    this.#cache.clear();
  }

  async #blockOf(segment: number, place: number): Promise<Block> {
    let start = this.#starts[segment] as number;
    const { batches } = await this.#reader(segment);
    for (let batch = 0; batch < batches.length; batch++) {
      const end = start + (batches[batch] as number);
      if (place < end) return { segment, batch, start, end };
      start = end;
    }
    throw new Error('BUG: a map points behind the last row of its segments');
  }

  #inside(segment: number, place: number): boolean {
    const start = this.#starts[segment] as number;
    return place >= start && place < start + (this.segments[segment] as Segment).rows;
  }

  #reader(segment: number): Promise<RowsReader> {
    const known = this.#readers.get(segment);
    if (known) return known;
    const { data, checks } = this.segments[segment] as Segment;
    if (!data) throw new Error('BUG: a segment without columns was asked for values');
    const made = this.objects.openRows(data, checks);
    this.#readers.set(segment, made);
    return made;
  }

  /** The next block is read from the disk while this one is checked. */
  async *#blocks(wanted: readonly Wanted[], name: string): AsyncGenerator<{ column: Column; rows: Int32Array }> {
    const begun: Promise<Column>[] = [];
    for (const [i, { rows }] of wanted.entries()) {
      for (const block of wanted.slice(begun.length, i + 1 + AHEAD)) {
        const reading = this.#block(block, name);
        reading.catch(notOpen);
        begun.push(reading);
      }
      yield { column: await (begun[i] as Promise<Column>), rows };
    }
  }

  async #block(block: { segment: number; batch: number }, name: string): Promise<Column> {
    const key = `${block.segment}/${block.batch}/${name}`;
    const known = this.#cache.get(key);
    if (known) return known;
    const reader = await this.#reader(block.segment);
    const segment = this.segments[block.segment] as Segment;
    const column = Object.hasOwn(segment.columns, name)
      ? ((await reader.read(block.batch, [name])).columns.get(name) as Column)
      : nullColumn('null', reader.batches[block.batch] as number);
    this.#remember(key, column);
    return column;
  }

  #remember(key: string, column: Column): void {
    const size = bytesOf(column);
    while (this.#cached + size > CACHE_BYTES && this.#cache.size) {
      const [oldest, dropped] = this.#cache.entries().next().value as [string, Column];
      this.#cache.delete(oldest);
      this.#cached -= bytesOf(dropped);
    }
    this.#cache.set(key, column);
    this.#cached += size;
  }

  /** What lies beside the values can be made again from them, where it was lost. */
  async #loadDigests(segment: number, stored: string): Promise<Uint8Array> {
    const id = (this.segments[segment] as Segment).digests[stored];
    if (!id) throw new Error(`BUG: the wide column ${stored} has no value digests`);
    try {
      return await this.objects.getBytes(id);
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      return this.#digestsAgain(segment, stored);
    }
  }

  async #digestsAgain(segment: number, stored: string): Promise<Uint8Array> {
    const { batches } = await this.#reader(segment);
    const parts: Uint8Array[] = [];
    for (let batch = 0; batch < batches.length; batch++)
      parts.push(valueDigests(await this.#block({ segment, batch }, stored)));
    return Buffer.concat(parts);
  }
}

const NO_VALUE = nullDigest();

const aligned = (bytes: Uint8Array): BigUint64Array => {
  const copy = bytes.byteOffset % 8 ? new Uint8Array(bytes) : bytes;
  return new BigUint64Array(copy.buffer, copy.byteOffset, copy.byteLength / 8);
};

const nothing = (type: Type): Column => buildColumn([], type, 'nothing');

/** The asked rows of a column: as it is, a slice, or a gather. */
function cut(column: Column, rows: Int32Array): Column {
  const first = rows[0] ?? 0;
  for (let i = 0; i < rows.length; i++) if (rows[i] !== first + i || first < 0) return gather(column, rows);
  return first === 0 && rows.length === column.length ? column : slice(column, first, first + rows.length);
}

export const bytesOf = (column: Column): number =>
  (column.values?.byteLength ?? 0) +
  (column.offsets?.byteLength ?? 0) +
  (column.valid?.byteLength ?? 0) +
  (column.children ?? []).reduce((sum, child) => sum + bytesOf(child), 0);
