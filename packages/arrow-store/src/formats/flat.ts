import { isUtf8 } from 'node:buffer';
import { DamagedBytes } from './damage.js';

/** What a field of a flatbuffer table holds: a number of so many bytes, or something that lies elsewhere in the buffer. */
export type FlatField =
  | { readonly is: 'number'; readonly bytes: number }
  | { readonly is: 'text' }
  | { readonly is: 'table'; readonly of: () => FlatTable }
  | { readonly is: 'structs'; readonly bytes: number }
  | { readonly is: 'tables'; readonly of: () => FlatTable }
  /** A table whose kind stands as a number in the field before; never left out. */
  | { readonly is: 'union'; readonly of: readonly (FlatTable | undefined)[] };

/** The fields of a table in the order of their numbers. */
export type FlatTable = readonly FlatField[];

const MOST_DEPTH = 64;

/**
 * Checks a flatbuffer before a reader that checks nothing follows its offsets: each points to where its thing fits, and
 * nothing is nested without end or counted more often than the bytes allow. Says where its last thing ends.
 */
export function checkFlat(bytes: Uint8Array, root: FlatTable): number {
  const check = new FlatCheck(bytes);
  check.table(check.follow(0), root, 0);
  return check.end;
}

class FlatCheck {
  end = 0;
  private readonly view: DataView;
  private tables: number;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // A table has four bytes of its own at least; several offsets to one table could multiply without end.
    this.tables = bytes.length / 4;
  }

  table(at: number, fields: FlatTable, depth: number): void {
    if (depth > MOST_DEPTH) throw broken('it is nested too deeply');
    if (--this.tables < 0) throw broken('its tables are more than its bytes');
    const vtable = at - this.int(at);
    const [size, own] = [this.short(vtable), this.short(vtable + 2)];
    if (size < 4 || own < 4) throw broken('a table is too short');
    this.room(vtable, size);
    this.room(at, own);
    const placeOf = (field: number) => (4 + 2 * field + 2 <= size ? this.short(vtable + 4 + 2 * field) : 0);
    fields.forEach((field, number) => {
      const offset = placeOf(number);
      if (offset === 0 && field.is === 'union') throw broken('a part that must be there is missing');
      if (offset === 0) return;
      const length = field.is === 'number' ? field.bytes : 4;
      if (offset + length > own) throw broken('a field lies outside of its table');
      const before = field.is === 'union' ? placeOf(number - 1) : 0;
      this.field(at + offset, field, { depth, kind: before === 0 ? 0 : this.byte(at + before) });
    });
  }

  /** Where an offset points to. */
  follow(at: number): number {
    const to = at + (this.int(at) >>> 0);
    this.room(to, 4);
    return to;
  }

  private field(at: number, field: FlatField, { depth, kind }: { depth: number; kind: number }): void {
    if (field.is === 'number') return;
    const to = this.follow(at);
    if (field.is === 'table') return this.table(to, field.of(), depth + 1);
    if (field.is === 'union') return this.union(to, field.of[kind], depth);
    const length = this.int(to);
    const each = field.is === 'text' ? 1 : field.is === 'structs' ? field.bytes : 4;
    if (length < 0) throw broken('a length is negative');
    this.room(to + 4, length * each);
    if (field.is === 'text' && !isUtf8(this.bytes.subarray(to + 4, to + 4 + length)))
      throw broken('a name is not UTF-8');
    if (field.is !== 'tables') return;
    for (let i = 0; i < length; i++) this.table(this.follow(to + 4 + 4 * i), field.of(), depth + 1);
  }

  private union(to: number, table: FlatTable | undefined, depth: number): void {
    if (table === undefined) throw broken('it holds something of an unknown kind');
    this.table(to, table, depth + 1);
  }

  private int(at: number): number {
    this.room(at, 4);
    return this.view.getInt32(at, true);
  }

  private short(at: number): number {
    this.room(at, 2);
    return this.view.getUint16(at, true);
  }

  private byte(at: number): number {
    this.room(at, 1);
    return this.bytes[at]!;
  }

  private room(at: number, length: number): void {
    if (at < 0 || at + length > this.bytes.length) throw broken('an offset points outside of it');
    if (at + length > this.end) this.end = at + length;
  }
}

const broken = (why: string) => new DamagedBytes(`its description of the columns or of a batch is broken: ${why}`);
