import { createHash, hash } from 'node:crypto';
import { bit } from './bits.js';
import type { Column } from './column.js';
import { type Encode, encoder } from './encode.js';
import { layoutOf, widthOf } from './layout.js';
import { sameType, typeName } from './name.js';
import { plainNaN } from './nan.js';
import { Scratch } from './scratch.js';
import type { Type } from './type.js';

/** Whether a digest of each value is worth its 16 bytes. */
export const isWide = (type: Type): boolean => (widthOf(type) ?? Number.POSITIVE_INFINITY) > 16;

/** 16 bytes for each value: of what JavaScript receives, not of how it is stored. */
export function valueDigests(column: Column): Uint8Array {
  const into = new DigestWriter(column.length);
  if (column.type === 'text') textDigests(column, into);
  else encodedDigests(column, into);
  return into.bytes;
}

export class DigestWriter {
  private readonly out: Buffer;
  constructor(rows: number) {
    this.out = Buffer.alloc(rows * 16);
  }

  // As latin1: asked for a buffer, the same call takes three times as long.
  put(row: number, bytes: Uint8Array): void {
    this.out.write(hash('sha256', bytes, 'binary'), row * 16, 16, 'latin1');
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.out.buffer, this.out.byteOffset, this.out.length);
  }
}

/** No UTF-8 holds this byte: texts are hashed where they lie, and all else stands behind it. */
const NO_TEXT = 0xff;

function textDigests(column: Column, into: DigestWriter): void {
  const { valid, length } = column;
  const offsets = column.offsets!;
  const values = column.values as Uint8Array;
  const isThere = valid === undefined ? () => true : (row: number) => bit(valid, row) === 1;
  for (let row = 0; row < length; row++) {
    into.put(row, isThere(row) ? values.subarray(offsets[row]!, offsets[row + 1]!) : NULL);
  }
}
const NULL = Uint8Array.of(NO_TEXT, 0);

/** Of a value that is not there. */
export const nullDigest = (): Uint8Array => valueDigests({ type: 'null', length: 1, nulls: 1 });

function encodedDigests(column: Column, into: DigestWriter): void {
  const scratch = new Scratch();
  const encode: Encode = encoder(column, scratch);
  const start = scratch.tag(0, NO_TEXT);
  const isDecimal = typeof column.type === 'object' && 'decimal' in column.type;
  // A decimal comes as a string: the digest is that of the text, which has neither tag nor length.
  const skip = (row: number) => (isDecimal && isPresent(column, row) ? start + 5 : 0);
  for (let row = 0; row < column.length; row++) {
    const end = encode(row, start);
    into.put(row, scratch.bytes.subarray(skip(row), end));
  }
}

const isPresent = (column: Column, row: number) => column.valid === undefined || bit(column.valid, row) === 1;

/**
 * Of a column's type and values, in row order, however they come in batches. Fixed-width values are hashed as they lie,
 * others by their value digests; where the nulls are is hashed beside.
 */
export class ColumnDigest {
  private readonly values = createHash('sha256');
  private readonly nulls = createHash('sha256');
  private rows = 0;

  constructor(private readonly type: Type) {}

  update(column: Column, digests?: Uint8Array): this {
    if (!sameType(column.type, this.type)) {
      throw new Error(`BUG: a column of ${typeName(column.type)} in the digest of one of ${typeName(this.type)}.`);
    }
    this.values.update(digests ?? hashable(column));
    if (column.nulls > 0) this.nulls.update(nullRows(column, this.rows));
    this.rows += column.length;
    return this;
  }

  /** 32 hex digits. */
  digest(): string {
    const parts = [typeName(this.type), this.rows, this.values.copy().digest('hex'), this.nulls.copy().digest('hex')];
    return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
  }
}

function nullRows(column: Column, before: number): Float64Array {
  const rows: number[] = [];
  const { valid } = column;
  for (let row = 0; row < column.length; row++)
    if (valid === undefined || bit(valid, row) === 0) rows.push(before + row);
  return Float64Array.from(rows);
}

function hashable(column: Column): Uint8Array {
  const layout = layoutOf(column.type);
  if (layout.is === 'null') return new Uint8Array(0);
  if (layout.is === 'bits') return bools(column);
  if (layout.is !== 'numbers') return valueDigests(column);
  const values = column.type === 'float16' ? plainHalves(column.values as Uint16Array) : plainNaN(column.values!);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return column.nulls === 0 ? bytes : blanked(column, bytes, layout.stride * layout.make.BYTES_PER_ELEMENT);
}

function bools(column: Column): Uint8Array {
  const bits = column.values as Uint8Array;
  return Uint8Array.from({ length: column.length }, (_, row) => (isPresent(column, row) ? bit(bits, row) : 0));
}

/** What lies under a null is no content. */
function blanked(column: Column, bytes: Uint8Array, width: number): Uint8Array {
  const out = bytes.slice();
  for (let row = 0; row < column.length; row++)
    if (!isPresent(column, row)) out.fill(0, row * width, (row + 1) * width);
  return out;
}

const isHalfNaN = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
const plainHalves = (bits: Uint16Array) =>
  bits.some(isHalfNaN) ? bits.map((half) => (isHalfNaN(half) ? 0x7e00 : half)) : bits;
