import type { Batch, Column, Values } from './column.js';
import { layoutOf, type ValuesMaker } from './layout.js';
import type { Type } from './type.js';

type Span = readonly [at: number, length: number];

interface Node {
  readonly length: number;
  readonly nulls: number;
  readonly valid?: Span;
  readonly values?: Span;
  readonly offsets?: Span;
  readonly children?: readonly Node[];
}

interface Head {
  readonly rows: number;
  readonly columns: readonly (readonly [name: string, type: Type, node: Node])[];
}

/** A batch as bytes that say what they are: a JSON head, then the buffers, each at a multiple of 8. */
export function pack(batch: Batch): Uint8Array {
  const body = new Body();
  const columns = [...batch.columns].map(([name, column]) => [name, column.type, body.add(column)] as const);
  const head = Buffer.from(JSON.stringify({ rows: batch.rows, columns } satisfies Head));
  const start = padded(8 + head.length);
  const bytes = new Uint8Array(start + body.length);
  new DataView(bytes.buffer).setUint32(0, MAGIC, true);
  new DataView(bytes.buffer).setUint32(4, head.length, true);
  bytes.set(head, 8);
  body.copyTo(bytes, start);
  return bytes;
}

const MAGIC = 0x3163_724d;
const padded = (length: number) => Math.ceil(length / 8) * 8;

class Body {
  length = 0;
  private readonly parts: (readonly [at: number, bytes: Uint8Array])[] = [];

  add(column: Column): Node {
    const { length, nulls, valid, values, offsets, children } = column;
    return {
      length,
      nulls,
      ...(valid && nulls > 0 && { valid: this.put(valid.subarray(0, (length + 7) >> 3)) }),
      ...(values && { values: this.put(values) }),
      ...(offsets && { offsets: this.put(offsets) }),
      ...(children && { children: children.map((child) => this.add(child)) }),
    };
  }

  copyTo(bytes: Uint8Array, start: number): void {
    for (const [at, part] of this.parts) bytes.set(part, start + at);
  }

  private put(view: Values): Span {
    const at = this.length;
    this.parts.push([at, new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]);
    this.length = padded(at + view.byteLength);
    return [at, view.byteLength];
  }
}

/** Views on the bytes where they are aligned; `columns`: only these. The bytes are taken to be whole: check them before. */
export function unpack(bytes: Uint8Array, columns?: readonly string[]): Batch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== MAGIC) throw new Error('BUG: these bytes are no packed batch.');
  const end = 8 + view.getUint32(4, true);
  const head = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + 8, end - 8).toString()) as Head;
  const wanted = head.columns.filter(([name]) => columns === undefined || columns.includes(name));
  const body = bytes.subarray(padded(end));
  return { rows: head.rows, columns: new Map(wanted.map(([name, type, node]) => [name, open(body, type, node)])) };
}

function open(body: Uint8Array, type: Type, node: Node): Column {
  const layout = layoutOf(type);
  const items = layout.is === 'fixed' ? [layout.item] : 'items' in layout ? layout.items : [];
  const make = layout.is === 'numbers' ? layout.make : Uint8Array;
  return {
    type,
    length: node.length,
    nulls: node.nulls,
    ...(node.valid && { valid: viewOf(body, node.valid, Uint8Array) as Uint8Array }),
    ...(node.values && { values: viewOf(body, node.values, make) }),
    ...(node.offsets && { offsets: viewOf(body, node.offsets, Int32Array) as Int32Array }),
    ...(node.children && { children: node.children.map((child, i) => open(body, items[i]!, child)) }),
  };
}

function viewOf(body: Uint8Array, [at, length]: Span, make: ValuesMaker): Values {
  const width = make.BYTES_PER_ELEMENT;
  const part = body.subarray(at, at + length);
  const aligned = part.byteOffset % width === 0 ? part : part.slice();
  return new make(aligned.buffer, aligned.byteOffset, length / width);
}
