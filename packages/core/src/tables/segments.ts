import type { Batch } from '../columns/column.js';
import type { Columns } from '../columns/type.js';
import type { Format, Group, Objects, Segment, TableOutput } from '../ports/store.js';
import { find, isIdentity, packMap, startsOf } from './map.js';
import { reading, WINDOW } from './read.js';
import { type Beside, SegmentWriter } from './segment-writer.js';

/** Rows by their places: in the segments one after the other, −1 where a row has no values. */
export interface Placed {
  readonly segments: readonly Segment[];
  readonly places: Int32Array;
}

/** A table of whole segments, of which rows are picked. */
export function tableOf({ segments, maps }: Group, rows: number): TableOutput {
  const types = new Map(segments.flatMap((s) => Object.entries(s.columns)));
  const columns = [...types].map(([name, type]) => ({ name, type, digest: '', group: 0, stored: name }));
  return { is: 'table', rows, columns, groups: [{ segments, maps }], failed: 0, inferred: true };
}

/** Just the segments that the places live in, and the places in these. */
export function narrowed({ segments, places }: Placed): Placed {
  const starts = startsOf(segments);
  const shift = new Map<number, number>();
  for (const s of segmentsAt(segments, places)) shift.set(s, 0);
  const used = [...shift.keys()].sort((a, b) => a - b);
  let base = 0;
  for (const s of used) {
    shift.set(s, base - (starts[s] as number));
    base += (segments[s] as Segment).rows;
  }
  const out = new Int32Array(places.length);
  let [from, to, by] = [0, 0, 0];
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if (place >= 0 && (place < from || place >= to)) {
      const s = find(starts, place);
      [from, by] = [starts[s] as number, shift.get(s) as number];
      to = from + (segments[s] as Segment).rows;
    }
    out[i] = place < 0 ? -1 : place + by;
  }
  return { segments: used.map((i) => segments[i] as Segment), places: out };
}

/** The segments that the places live in, and the map over just those; no map where it says nothing. */
export async function usedGroup(placed: Placed, objects: Objects): Promise<Group> {
  const { segments, places } = narrowed(placed);
  if (isIdentity(places, rowsIn(segments))) return { segments, maps: [] };
  return { segments, maps: [await objects.putBytes(packMap(places))] };
}

const MOST_SEGMENTS = 64;
const LEAST_ROWS = 4096;

/** Without a look at each row: most tables are not. */
export const mayBeScattered = (segments: readonly Segment[], rows: number): boolean =>
  segments.length > MOST_SEGMENTS || (rowsIn(segments) > LEAST_ROWS && rowsIn(segments) > 1.5 * rows);

/** Whether rows are spread over many segments, or stand among as many that nobody asks for. */
export function isScattered({ segments, places }: Placed): boolean {
  const used = segmentsAt(segments, places);
  const all = rowsIn([...used].map((s) => segments[s] as Segment));
  return used.size > MOST_SEGMENTS || (all > LEAST_ROWS && all > 2 * distinct(places, rowsIn(segments)).length);
}

/** The places in use, each once, in the order in which they first come. */
export function distinct(places: Int32Array, rows: number): Int32Array {
  const seen = new Uint8Array(rows);
  const once = new Int32Array(places.length);
  let count = 0;
  for (const place of places) {
    if (place < 0 || seen[place]) continue;
    seen[place] = 1;
    once[count++] = place;
  }
  return once.subarray(0, count);
}

/** Some rows by their places, and what is written beside their values. */
export interface Part {
  readonly rows: Int32Array;
  readonly beside: (batch: Batch) => Beside;
}

export interface Anew {
  readonly segments: readonly Segment[];
  readonly columns: Columns;
  readonly format: Format;
}

/** The rows of the parts, one after the other, in segments of their own. */
export async function writeAnew(parts: Iterable<Part>, of: Anew, objects: Objects): Promise<Segment[]> {
  const { segments, columns, format } = of;
  const writer = new SegmentWriter(objects, columns, format);
  const written: Segment[] = [];
  await reading(tableOf({ segments, maps: [] }, rowsIn(segments)), objects, async (reader) => {
    for (const { rows, beside } of parts) {
      const batch = await reader.pick(Object.keys(columns), rows);
      writer.add(batch, beside(batch));
      if (writer.full) written.push(await writer.flush());
    }
  });
  if (!writer.empty) written.push(await writer.flush());
  return written;
}

/** Rows in parts that fit in memory. */
export function* windowsOf(rows: Int32Array): Generator<Int32Array> {
  for (let from = 0; from < rows.length; from += WINDOW) yield rows.subarray(from, from + WINDOW);
}

export const rowsIn = (segments: readonly Segment[]): number => segments.reduce((sum, { rows }) => sum + rows, 0);

function segmentsAt(segments: readonly Segment[], places: Int32Array): Set<number> {
  const starts = startsOf(segments);
  const used = new Set<number>();
  let [from, to] = [0, 0];
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if (place < 0 || (place >= from && place < to)) continue;
    const s = find(starts, place);
    from = starts[s] as number;
    to = from + (segments[s] as Segment).rows;
    used.add(s);
  }
  return used;
}
