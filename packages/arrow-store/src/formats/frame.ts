import { BufferRegion, FieldNode, Message, RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { type Batch, type Column, type Columns, layoutOf, type Type, type Values } from './core.js';
import { schemaOf } from './schema.js';

/** One message of an Arrow file or stream: its head, and for each column its buffers, padded. */
export interface Frame {
  readonly head: Uint8Array;
  readonly columns: readonly (readonly Uint8Array[])[];
}

const ZEROS = new Uint8Array(8);

/** The bytes go out as they lie in the columns: no copy is made. */
export function batchFrame(batch: Batch): Frame {
  const parts = [...batch.columns.values()].map((column) => new Parts(column));
  const nodes = parts.flatMap((part) => part.nodes);
  const lengths = parts.flatMap((part) => part.lengths);
  let at = 0;
  const buffers = lengths.map((length) => {
    const region = new BufferRegion(at, length);
    at += padded(length);
    return region;
  });
  const message = Message.from(new RecordBatch(batch.rows, nodes, buffers, null), at);
  return { head: framed(Message.encode(message)), columns: parts.map((part) => part.bytes) };
}

export const schemaFrame = (columns: Columns): Uint8Array => framed(Message.encode(Message.from(schemaOf(columns))));

const padded = (length: number) => Math.ceil(length / 8) * 8;

/** Continuation mark, length, and padding so that the body starts at a multiple of 8. */
function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(padded(message.length + 8));
  new DataView(bytes.buffer).setInt32(0, -1, true);
  new DataView(bytes.buffer).setInt32(4, bytes.length - 8, true);
  bytes.set(message, 8);
  return bytes;
}

/** The buffers of one column in the order that Arrow wants. */
class Parts {
  readonly nodes: FieldNode[] = [];
  readonly lengths: number[] = [];
  readonly bytes: Uint8Array[] = [];

  constructor(column: Column) {
    this.add(column);
  }

  private add(column: Column): void {
    const layout = layoutOf(column.type);
    this.nodes.push(new FieldNode(column.length, column.nulls));
    if (layout.is === 'null') return;
    this.put(column.nulls === 0 ? undefined : column.valid!.subarray(0, (column.length + 7) >> 3));
    if (column.offsets) this.put(column.offsets);
    if (layout.is === 'bits') this.put((column.values as Uint8Array).subarray(0, (column.length + 7) >> 3));
    else if (column.values) this.put(column.values);
    // The entries of a map are a struct of their own.
    if (isMap(column.type)) this.entries(column.children![0]!.length);
    for (const child of column.children ?? []) this.add(child);
  }

  private entries(length: number): void {
    this.nodes.push(new FieldNode(length, 0));
    this.put(undefined);
  }

  private put(view: Values | undefined): void {
    const length = view?.byteLength ?? 0;
    this.lengths.push(length);
    if (view) this.bytes.push(new Uint8Array(view.buffer, view.byteOffset, length));
    if (length % 8 !== 0) this.bytes.push(ZEROS.subarray(length % 8));
  }
}

const isMap = (type: Type): boolean => typeof type === 'object' && 'map' in type;

/** A stream of Arrow messages as one run of bytes. */
export function streamBytes(columns: Columns, batches: readonly Batch[]): Uint8Array {
  const parts = batches.map(batchFrame).flatMap((frame) => [frame.head, ...frame.columns.flat()]);
  return Buffer.concat([schemaFrame(columns), ...parts, END]);
}

export const END = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** Where the buffers of a batch lie, as its head says: read without the rest of the file. */
export interface BatchHead {
  readonly rows: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
}

export function batchHead(bytes: Uint8Array): BatchHead {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
  const {
    length: rows,
    nodes,
    buffers,
  } = Message.decode(bytes.subarray(8, 8 + length)).header() as unknown as RecordBatch;
  return { rows, nodes, buffers };
}

/** Counts the nodes and buffers of a type: where the next column's begin. */
export function countsOf(type: Type): Counts {
  const layout = layoutOf(type);
  if (layout.is === 'null') return { nodes: 1, buffers: 0 };
  const items = layout.is === 'fixed' ? [layout.item] : 'items' in layout ? layout.items : [];
  const own = { null: 0, bits: 2, numbers: 2, bytes: 3, list: 2, fixed: 1, struct: 1 }[layout.is];
  const entries = isMap(type) ? 1 : 0;
  return items
    .map(countsOf)
    .reduce((all, one) => ({ nodes: all.nodes + one.nodes, buffers: all.buffers + one.buffers }), {
      nodes: 1 + entries,
      buffers: own + entries,
    });
}

export interface Counts {
  readonly nodes: number;
  readonly buffers: number;
}

/** Makes a column of the buffers of a batch, which stay where they are. */
export class ColumnReader {
  private node: number;
  private buffer: number;

  constructor(
    private readonly head: BatchHead,
    before: Counts,
    /** The bytes, and where in the body they begin. */
    private readonly bytes: { readonly body: Uint8Array; readonly from: number },
  ) {
    this.node = before.nodes;
    this.buffer = before.buffers;
  }

  read(type: Type): Column {
    const layout = layoutOf(type);
    const { length, nullCount: nulls } = this.head.nodes[this.node++]!;
    if (layout.is === 'null') return { type, length, nulls: length };
    const valid = this.next();
    const column = { type, length, nulls, ...(nulls > 0 && { valid }) };
    if (layout.is === 'bits') return { ...column, values: this.next() };
    if (layout.is === 'numbers') {
      const width = layout.make.BYTES_PER_ELEMENT;
      const values = this.next();
      return { ...column, values: new layout.make(values.buffer, values.byteOffset, values.byteLength / width) };
    }
    if (layout.is === 'fixed') return { ...column, children: [this.read(layout.item)] };
    if (layout.is === 'struct') return { ...column, children: layout.items.map((item) => this.read(item)) };
    const offsets = this.offsets(length);
    if (layout.is === 'bytes') return { ...column, offsets, values: this.next() };
    if (isMap(type)) {
      this.node++;
      this.buffer++;
    }
    return { ...column, offsets, children: layout.items.map((item) => this.read(item)) };
  }

  private next(): Uint8Array {
    const { offset, length } = this.head.buffers[this.buffer++]!;
    return this.bytes.body.subarray(offset - this.bytes.from, offset - this.bytes.from + length);
  }

  private offsets(length: number): Int32Array {
    const bytes = this.next();
    return bytes.length === 0 ? new Int32Array(length + 1) : new Int32Array(bytes.buffer, bytes.byteOffset, length + 1);
  }
}
