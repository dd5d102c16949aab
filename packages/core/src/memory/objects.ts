import { createHash, type Hash } from 'node:crypto';
import type { Batch, Column } from '../columns/column.js';
import type { Columns } from '../columns/type.js';
import { DamagedError, type ObjectId, type Objects, type RowsReader } from '../ports/store.js';
import { place, readWhole } from './disk.js';

export type Held =
  | { readonly bytes: Uint8Array; readonly executable: boolean }
  | { readonly batches: readonly Batch[]; readonly columns: Columns };

/** Objects by name, as a map. Tests take some out, as a sweep or a broken disk would. */
export type Shelf = Map<ObjectId, Held>;

type Noticed = { readonly object: string; readonly what: string };

export const memoryObjects = (shelf: () => Shelf, noticed: Noticed[]): Objects => {
  const keep = (hash: string, held: Held): ObjectId => {
    if (!shelf().has(hash)) shelf().set(hash, held);
    return hash;
  };
  const lost = (object: ObjectId, what: string, gone?: 'gone'): never => {
    shelf().delete(object);
    noticed.push({ object, what, ...(gone && { gone: true }) });
    throw new DamagedError(object, `${object}: ${what}`, gone);
  };
  const take = (object: ObjectId): Held => shelf().get(object) ?? lost(object, 'it was cleared, swept or lost', 'gone');
  const bytesOf = (object: ObjectId) => {
    const held = take(object);
    return 'bytes' in held ? held : lost(object, 'it holds rows where bytes were put');
  };
  return {
    async putRows(source, columns) {
      const batches: Batch[] = [];
      for await (const batch of source) batches.push(batch);
      const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
      const bytes = batches.reduce((sum, batch) => sum + sizeOf(batch), 0);
      return { object: keep(`${hashOf(batches, columns)}.rows`, { batches, columns }), rows, bytes };
    },
    async openRows(object) {
      const held = take(object);
      return 'batches' in held ? reader(held.batches) : lost(object, 'it holds bytes where rows were put');
    },
    async putBytes(bytes) {
      return keep(`${sha256(bytes)}.bin`, { bytes: bytes.slice(), executable: false });
    },
    getBytes: async (object) => bytesOf(object).bytes.slice(),
    async putFile(from) {
      const { bytes, executable } = await readWhole(from);
      const name = `${sha256(bytes)}.${executable ? 'exe' : 'bin'}`;
      return { object: keep(name, { bytes, executable }), bytes: bytes.length };
    },
    async placeFile(object, to) {
      const { bytes, executable } = bytesOf(object);
      await place(to, bytes, executable);
    },
    missing: (objects) => objects.filter((object) => !shelf().has(object)),
  };
};

const reader = (batches: readonly Batch[]): RowsReader => ({
  batches: batches.map((batch) => batch.rows),
  read: async (at, columns) => {
    const batch = batches[at];
    if (!batch) throw new Error(`BUG: batch ${at} of ${batches.length} was asked for`);
    return { rows: batch.rows, columns: new Map(columns.map((name) => [name, pick(batch, name)])) };
  },
  close: async () => {},
});

const pick = (batch: Batch, name: string): Column => {
  const column = batch.columns.get(name);
  if (!column) throw new Error(`BUG: column ${name} was asked for, the object has ${[...batch.columns.keys()]}`);
  return column;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hashOf = (batches: readonly Batch[], columns: Columns): string => {
  const hash = createHash('sha256').update(JSON.stringify(columns));
  for (const batch of batches)
    for (const name of Object.keys(columns)) feed(hash.update(`${batch.rows};`), pick(batch, name));
  return hash.digest('hex');
};

const feed = (hash: Hash, column: Column): void => {
  for (const part of [column.valid, column.values, column.offsets])
    part ? hash.update(`${part.byteLength}:`).update(part) : hash.update('-');
  for (const child of column.children ?? []) feed(hash.update(`${child.length};`), child);
};

const sizeOf = (batch: Batch): number => [...batch.columns.values()].reduce((sum, column) => sum + widthOf(column), 0);

const widthOf = (column: Column): number =>
  [column.valid, column.values, column.offsets].reduce((sum, part) => sum + (part?.byteLength ?? 0), 0) +
  (column.children ?? []).reduce((sum, child) => sum + widthOf(child), 0);
