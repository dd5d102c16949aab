import { hash } from 'node:crypto';
import { bit } from './bits.js';
import type { Column } from './column.js';
import { DigestWriter, valueDigests } from './digest.js';
import { type Encode, encoder, headOf } from './encode.js';
import { layoutOf } from './layout.js';
import { Scratch, TAG } from './scratch.js';
import type { Type } from './type.js';

export interface KeyColumn {
  /** What the value is to the call; a column's name is not in the key. */
  readonly role: string;
  readonly column: Column;
  /** Its value digests, where they are stored. */
  readonly digests?: Uint8Array;
}

/**
 * 16 bytes a row: of the values that the call receives, by role. Of a single column they are its value digests, since
 * the role stands in the row identity.
 */
export function rowKeys(columns: readonly KeyColumn[], rows: number): Uint8Array {
  const wrong = columns.find(({ column }) => column.length !== rows);
  if (wrong) throw new Error(`BUG: keys of ${rows} rows from ${wrong.column.length} values of "${wrong.role}".`);
  const [first] = columns;
  if (first === undefined) return constantKeys(rows);
  if (columns.length === 1) return first.digests ?? valueDigests(first.column);
  return mixedKeys([...columns].sort(byRole), rows);
}

const byRole = (a: KeyColumn, b: KeyColumn) => (a.role < b.role ? -1 : a.role > b.role ? 1 : 0);

function constantKeys(rows: number): Uint8Array {
  const keys = new DigestWriter(rows);
  for (let row = 0; row < rows; row++) keys.put(row, NOTHING);
  return keys.bytes;
}
const NOTHING = Uint8Array.of(0xfe);

/** Starts with a byte that starts no single value. */
function mixedKeys(columns: readonly KeyColumn[], rows: number): Uint8Array {
  const scratch = new Scratch();
  const roles = Buffer.from(hash('sha256', headOf(columns.map(({ role }) => role)), 'hex').slice(0, 32), 'hex');
  const start = scratch.put(scratch.tag(0, 0xfd), roles);
  const encoders = columns.map((column) =>
    isPrimitive(column.column.type) ? encoder(column.column, scratch) : byDigest(column, scratch),
  );
  const keys = new DigestWriter(rows);
  for (let row = 0; row < rows; row++) {
    let end = start;
    for (const encode of encoders) end = encode(row, end);
    keys.put(row, scratch.bytes.subarray(0, end));
  }
  return keys.bytes;
}

/** By the class of the value in JavaScript, so that one value has one encoding whatever stores it. */
function isPrimitive(type: Type): boolean {
  if (typeof type === 'object') return 'timestamp' in type;
  return layoutOf(type).is !== 'bytes';
}

const DIGEST = Math.max(...Object.values(TAG)) + 1;

function byDigest({ column, digests = valueDigests(column) }: KeyColumn, to: Scratch): Encode {
  const { valid } = column;
  const there: Encode = (row, at) => to.put(to.tag(at, DIGEST), digests.subarray(row * 16, row * 16 + 16));
  return valid === undefined ? there : (row, at) => (bit(valid, row) === 1 ? there(row, at) : to.tag(at, TAG.null));
}

/** The keys of some rows. */
export function keysAt(keys: Uint8Array, rows: Int32Array): Uint8Array {
  const first = rows[0] ?? 0;
  if (followEachOther(rows)) return keys.subarray(first * 16, (first + rows.length) * 16);
  const out = new Uint8Array(rows.length * 16);
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * 16;
    out.set(keys.subarray(at, at + 16), i * 16);
  }
  return out;
}

function followEachOther(rows: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] !== (rows[i - 1] as number) + 1) return false;
  return true;
}
