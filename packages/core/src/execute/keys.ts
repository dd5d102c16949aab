import type { Column } from '../columns/column.js';
import { isWide } from '../columns/digest.js';
import { rowKeys } from '../columns/keys.js';
import { type How, rowsOf } from '../columns/read.js';
import type { RowsWork } from '../declare/kind.js';
import type { Row } from '../declare/row.js';
import { toPlain } from '../identity/canonical.js';
import { digestText } from '../identity/digest.js';
import { type RowFailure, type TableReader, WINDOW } from '../tables/read.js';

export interface Keyed {
  /** 16 bytes for each call: the row key, with the draw in it. */
  readonly keys: Uint8Array;
  readonly repeat: number;
  /** Length of the longest request. */
  readonly longest: number;
  /** Rows for which no request can be made. */
  readonly unasked: ReadonlyMap<number, RowFailure>;
}

export interface KeysOf {
  readonly work: RowsWork;
  readonly config: unknown;
  /** role → column */
  readonly reads: Readonly<Record<string, string>>;
  readonly sampling: boolean;
  /** Input rows that failed above: not called, and no draw is theirs. */
  readonly failed: { has(row: number): boolean };
}

/** What each call depends on: the request where there is one, else the values read; and the draw. */
export async function callKeys(reader: TableReader, of: KeysOf): Promise<Keyed> {
  const repeat = of.work.repeat?.(of.config) ?? 1;
  const unasked = new Map<number, RowFailure>();
  const requests = of.work.request ? await requestKeys(reader, of, unasked) : undefined;
  const perRow = requests?.keys ?? (await valueKeys(reader, of.reads));
  const drawn = repeat === 1 ? perRow : repeated(perRow, repeat);
  const asked = (call: number) => !of.failed.has(Math.floor(call / repeat));
  const keys = of.sampling ? withOccurrence(drawn, asked) : drawn;
  return { keys, repeat, longest: requests?.longest ?? 0, unasked };
}

/** By the values of these columns alone. */
export async function valueKeys(reader: TableReader, reads: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const keys = new Uint8Array(reader.rows * 16);
  const roles = Object.entries(reads);
  for (let from = 0; from < reader.rows; from += WINDOW) {
    const to = Math.min(from + WINDOW, reader.rows);
    const parts = [];
    for (const [role, column] of roles) parts.push(await keyPart(reader, { role, column }, [from, to]));
    keys.set(rowKeys(parts, to - from), from * 16);
  }
  return keys;
}

/** A wide column's values are known by the digests beside it: the values themselves are not read. */
async function keyPart(
  reader: TableReader,
  { role, column }: { role: string; column: string },
  [from, to]: readonly [number, number],
) {
  const { type } = reader.column(column);
  if (!isWide(type)) return { role, column: (await reader.window([column], from, to)).columns.get(column) as Column };
  return { role, column: { type, length: to - from, nulls: 0 }, digests: await reader.digests(column, from, to) };
}

async function requestKeys(
  reader: TableReader,
  { work, config, reads, failed }: KeysOf,
  unasked: Map<number, RowFailure>,
): Promise<{ keys: Uint8Array; longest: number }> {
  const keys = Buffer.alloc(reader.rows * 16);
  let row = 0;
  let longest = 0;
  for await (const rows of readRows(reader, reads, { arrays: work.arrays?.(config) })) {
    for (const values of rows) {
      const request = failed.has(row) ? undefined : requestText(work, config, values);
      if (typeof request === 'string') {
        keys.write(digestText(request), row * 16, 'hex');
        longest = Math.max(longest, request.length);
      } else if (request) unasked.set(row, { row, message: request.message, permanent: true });
      row++;
    }
  }
  return { keys, longest };
}

function requestText(work: RowsWork, config: unknown, row: Row): string | Error {
  try {
    return JSON.stringify(toPlain(work.request?.(row, config)));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Rows as a call sees them: the columns read, by role, and no other. */
async function* readRows(
  reader: TableReader,
  reads: Readonly<Record<string, string>>,
  how: How,
): AsyncGenerator<Row[]> {
  const names = [...new Set(Object.values(reads))];
  for await (const batch of reader.batches(names)) yield byRole(rowsOf(batch, names, how), reads);
}

export function byRole(rows: Row[], reads: Readonly<Record<string, string>>): Row[] {
  const pairs = Object.entries(reads);
  if (pairs.every(([role, column]) => role === column)) return rows;
  return rows.map((row) => Object.fromEntries(pairs.map(([role, column]) => [role, row[column]])));
}

function repeated(keys: Uint8Array, repeat: number): Uint8Array {
  const out = Buffer.alloc(keys.length * repeat);
  let at = 0;
  for (let row = 0; row < keys.length / 16; row++) {
    const key = Buffer.from(keys.subarray(row * 16, row * 16 + 16)).toString('hex');
    for (let sample = 0; sample < repeat; sample++)
      at += out.write(sample === 0 ? key : digestText(`sample ${sample} of ${key}`), at, 'hex');
  }
  return out;
}

/** Equal rows of a sampling stage are each a draw of their own: the second takes its number into its key. */
function withOccurrence(keys: Uint8Array, asked: (call: number) => boolean): Uint8Array {
  const seen = new Map<string, number>();
  const out = Buffer.from(keys);
  for (let at = 0; at < out.length; at += 16) {
    if (!asked(at / 16)) continue;
    const key = out.toString('latin1', at, at + 16);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    if (before) out.write(digestText(`draw ${before} of ${Buffer.from(key, 'latin1').toString('hex')}`), at, 'hex');
  }
  return out;
}
