import { createHash } from 'node:crypto';
import type { Batch, Column, Entry, RowsReader, Segment } from '../../packages/core/src/index.js';

/** Small things to store. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

export const entryOf = (fingerprint: string, more: Partial<Entry> = {}): Entry => ({
  scheme: 1,
  fingerprint,
  recipe: { kind: 'sample', config: {} },
  label: 'sample',
  status: 'complete',
  origin: 'ran',
  inputs: {},
  parts: { value: { is: 'value', digest: digestOf('1'), value: 1 } },
  cost: { seconds: 1, rows: 1, calls: 0 },
  worth: { seconds: 1, rows: 1, calls: 0 },
  facts: {},
  detail: {},
  at: '2026-01-01T00:00:00.000Z',
  ...more,
});

export const segmentOf = (rows: number): Segment => ({ rows, columns: { n: 'float64' }, bytes: 8 * rows, digests: {} });

/** Columns `n` (float64) and `text`. */
export const numbers = (from: number, rows: number): Batch => {
  const all = Array.from({ length: rows }, (_, i) => from + i);
  const n: Column = { type: 'float64', length: rows, nulls: 0, values: Float64Array.from(all) };
  return {
    rows,
    columns: new Map([
      ['n', n],
      ['text', texts(all.map((i) => `t${i}`))],
    ]),
  };
};

const texts = (all: readonly string[]): Column => {
  const offsets = new Int32Array(all.length + 1);
  for (const [i, text] of all.entries()) offsets[i + 1] = (offsets[i] as number) + Buffer.byteLength(text);
  return { type: 'text', length: all.length, nulls: 0, offsets, values: bytesOf(all.join('')) };
};

export const readAll = async (reader: RowsReader, names: readonly string[]): Promise<Record<string, unknown[]>> => {
  const all: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (const at of reader.batches.keys()) {
    const { columns } = await reader.read(at, names);
    for (const name of names) all[name]?.push(...valuesOf(columns.get(name)));
  }
  return all;
};

const valuesOf = (column: Column | undefined): unknown[] => {
  if (!column) throw new Error('BUG: a column that was asked for did not come');
  const { offsets, values, length } = column;
  if (!offsets) return Array.from(values as Float64Array).slice(0, length);
  const bytes = Buffer.from(values as Uint8Array);
  return Array.from({ length }, (_, i) => bytes.toString('utf8', offsets[i], offsets[i + 1]));
};
