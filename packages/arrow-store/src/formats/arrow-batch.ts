import * as arrow from 'apache-arrow';
import { DamagedBytes } from './damage.js';

/** What a batch says of its body: how long each column is, and where its buffers lie. */
export interface BatchHeader {
  readonly length: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  readonly compression: unknown;
  readonly variadicBufferCounts: readonly number[];
}

/** A batch may unfold to so many bytes, or to so many times its own: a small file must not fill the memory. */
const MOST_UNFOLDED = 192 << 20;
const MOST_TIMES = 32;

/** Checks that a batch is what its columns' types need, before a reader that believes its numbers sees it. */
export function checkBatch(types: readonly arrow.DataType[], header: BatchHeader, body: Uint8Array): void {
  const check = new BatchCheck(header, body);
  for (const type of types) check.column(type, header.length, 'exactly');
  check.end();
}

class BatchCheck {
  private node = 0;
  private buffer = 0;
  private variadic = 0;
  private unfolded = 0;
  private readonly view: DataView;

  constructor(
    private readonly header: BatchHeader,
    private readonly body: Uint8Array,
  ) {
    this.view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  }

  column(type: arrow.DataType, rows: number, how: 'exactly' | 'at least'): void {
    const node = this.header.nodes[this.node++];
    if (!node) throw broken('it has fewer columns than the file');
    const { length, nullCount } = node;
    if (!isCount(length) || !isCount(nullCount) || nullCount > length)
      throw broken('a column has an impossible length');
    if (how === 'exactly' ? length !== rows : length < rows)
      throw broken(`a column has ${length} rows where there must be ${rows}`);
    if (arrow.DataType.isNull(type)) return;
    if (arrow.DataType.isUnion(type)) return this.union(type, length);
    this.validity(length, nullCount);
    this.values(type, length);
  }

  /** Nothing is left over, and it does not unfold to what no memory holds. */
  end(): void {
    const { nodes, buffers } = this.header;
    if (this.node !== nodes.length || this.buffer !== buffers.length)
      throw broken('it has more parts than its columns');
    if (this.unfolded > Math.max(MOST_UNFOLDED, MOST_TIMES * this.body.length))
      throw new DamagedBytes(
        `a batch of ${this.body.length} bytes unfolds to ${this.unfolded}, more than is read at once: write the file in smaller batches, or without compression`,
      );
  }

  private values(type: arrow.DataType, length: number): void {
    const [child] = type.children ?? [];
    if (arrow.DataType.isStruct(type)) {
      for (const field of type.children) this.column(field.type, length, 'at least');
    } else if (arrow.DataType.isFixedSizeList(type)) {
      if (!isCount(type.listSize)) throw broken('a list has an impossible size');
      this.column(child!.type, length * type.listSize, 'at least');
    } else if (arrow.DataType.isList(type) || arrow.DataType.isMap(type) || arrow.DataType.isLargeList(type)) {
      this.take(offsetBytes(length, arrow.DataType.isLargeList(type) ? 8 : 4));
      this.column(child!.type, 0, 'at least');
    } else if (arrow.DataType.isUtf8View(type) || arrow.DataType.isBinaryView(type)) {
      this.take(length * 16);
      this.extra();
    } else if (hasOffsets(type)) {
      this.take(offsetBytes(length, isLarge(type) ? 8 : 4));
      this.take(0);
    } else this.take(Math.ceil((length * bitsOf(type)) / 8));
  }

  private union(type: arrow.Union, length: number): void {
    this.take(length);
    if (type.mode === arrow.UnionMode.Dense) this.take(length * 4);
    const how = type.mode === arrow.UnionMode.Dense ? 0 : length;
    for (const field of type.children) this.column(field.type, how, 'at least');
  }

  /** Views keep long values in further buffers, as many as the batch says. */
  private extra(): void {
    const count = this.header.variadicBufferCounts[this.variadic++] ?? 0;
    if (!isCount(count) || count > this.header.buffers.length) throw broken('it counts buffers that are not there');
    for (let i = 0; i < count; i++) this.take(0);
  }

  private validity(length: number, nullCount: number): void {
    const at = this.header.buffers[this.buffer];
    const size = this.take(nullCount === 0 ? 0 : Math.ceil(length / 8));
    if (size === 0 || this.header.compression) return;
    const bits = this.body.subarray(at!.offset, at!.offset + at!.length);
    if (bits.length * 8 >= length && unset(bits, length) !== nullCount)
      throw broken('it counts other nulls than it has');
  }

  /** The size of the next buffer, unfolded; it must hold this many bytes. */
  private take(least: number): number {
    const place = this.header.buffers[this.buffer++];
    if (!place) throw broken('it has fewer buffers than its columns need');
    const { offset, length } = place;
    if (!isCount(offset) || !isCount(length) || offset + length > this.body.length)
      throw broken('a buffer lies outside of it');
    const size = this.header.compression && length > 0 ? this.unfoldedSize(offset, length) : length;
    this.unfolded += size;
    if (size < least) throw broken(`a buffer has ${size} bytes where a column needs ${least}`);
    return size;
  }

  private unfoldedSize(offset: number, length: number): number {
    if (length < 8) throw broken('a compressed buffer is too short');
    const size = Number(this.view.getBigInt64(offset, true));
    if (size === RAW) return length - 8;
    if (!isCount(size)) throw broken('a compressed buffer has an impossible size');
    return size;
  }
}

/** What a compressed buffer says of its size where it was not worth to compress it. */
const RAW = -1;

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Of no rows, some writers write no offset at all. */
const offsetBytes = (length: number, width: number): number => (length === 0 ? 0 : (length + 1) * width);

const isLarge = (type: arrow.DataType): boolean =>
  arrow.DataType.isLargeUtf8(type) || arrow.DataType.isLargeBinary(type);

const hasOffsets = (type: arrow.DataType): boolean =>
  arrow.DataType.isUtf8(type) || arrow.DataType.isBinary(type) || isLarge(type);

function bitsOf(type: arrow.DataType): number {
  if (arrow.DataType.isDictionary(type)) return bitsOf(type.indices);
  if (arrow.DataType.isBool(type)) return 1;
  if (arrow.DataType.isFixedSizeBinary(type)) return type.byteWidth * 8;
  if (arrow.DataType.isDecimal(type) || arrow.DataType.isInt(type) || arrow.DataType.isTime(type)) return type.bitWidth;
  if (arrow.DataType.isFloat(type)) return [16, 32, 64][type.precision] ?? Number.NaN;
  if (arrow.DataType.isDate(type)) return type.unit === arrow.DateUnit.DAY ? 32 : 64;
  if (arrow.DataType.isInterval(type)) return [32, 64, 128][type.unit] ?? Number.NaN;
  return 64;
}

/** Rows whose bit is not set: the nulls. */
function unset(bits: Uint8Array, length: number): number {
  let set = 0;
  const whole = length >> 3;
  for (let at = 0; at < whole; at++) set += ONES[bits[at]!]!;
  if (length & 7) set += ONES[bits[whole]! & ((1 << (length & 7)) - 1)]!;
  return length - set;
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

const broken = (why: string) => new DamagedBytes(`a batch is broken: ${why}`);
