import {
  type Columns,
  type KeptFailure,
  type ObjectId,
  type RequestsAhead,
  type Row,
  reading,
  resultOf,
  rowsOf as rowsOfBatch,
  type Stored,
  type TableOutput,
  type TableReader,
} from '@millrace/core';
import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import type { Opened } from './opened.js';
import { type Remaking, readStored, type StoredOutput } from './readable.js';
import { refuseQuiet, requestsBehind } from './requests.js';

export interface ShowAsked {
  readonly rows?: number | undefined;
  readonly from?: number | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly failed?: boolean | undefined;
  /** Also the text that its functions ran from. */
  readonly code?: boolean | undefined;
  /** Also what was sent for the rows that are shown: at most so many requests. */
  readonly requests?: number | undefined;
  readonly remaking?: Remaking | undefined;
}

export interface Shown {
  readonly stage: string;
  readonly part: string;
  readonly label: string;
  /** False: what is shown is of an earlier version of the stage. */
  readonly current: boolean;
  readonly entry: Pick<Stored, 'fingerprint' | 'at' | 'origin' | 'status' | 'worth' | 'facts'>;
  readonly inputs: readonly string[];
  /** What its functions ran from, a text for each program. */
  readonly code?: readonly string[];
  readonly is: ShownTable | ShownFolder | { readonly is: 'value'; readonly value: unknown };
}

export interface ShownTable {
  readonly is: 'table';
  readonly count: number;
  readonly failed: number;
  readonly columns: Columns;
  readonly splits?: readonly (readonly [string, number])[];
  readonly from: number;
  readonly rows: readonly Row[];
  readonly failures?: readonly KeptFailure[];
  readonly requests?: RequestsAhead['requests'];
}

export interface ShownFolder {
  readonly is: 'folder';
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** What a stage gave, and where it came from. */
export const show = (name: string, asked: ShowAsked, opened: Opened): Promise<Shown> =>
  readStored(name, { opened, remaking: asked.remaking }, (stored) => shown(stored, asked, opened));

async function shown(stored: StoredOutput, asked: ShowAsked, opened: Opened): Promise<Shown> {
  const { place, entry, output, current } = stored;
  const { step, part } = place;
  if (asked.requests !== undefined) refuseQuiet(step);
  const result = resultOf(output, opened.store);
  const code = asked.code ? await codeOf(entry, opened) : undefined;
  const said = {
    stage: step.name,
    part,
    label: step.label,
    current,
    entry: {
      fingerprint: entry.fingerprint,
      at: entry.at,
      origin: entry.origin,
      status: entry.status,
      worth: entry.worth,
      facts: entry.facts,
    },
    inputs: step.node.inputs.map(
      ({ node, part: of }) => (of === 'main' ? node.names[0] : `${node.names[0]}.${of}`) as string,
    ),
    ...(code && { code }),
  };
  if (result.is === 'value') return { ...said, is: { is: 'value', value: result.value } };
  if (result.is === 'folder') return { ...said, is: { is: 'folder', files: result.files } };
  const is = await tableOf(result.output, asked, opened);
  if (asked.requests === undefined) return { ...said, is };
  return { ...said, is: { ...is, requests: await requestsBehind(rowsIn(is), asked.requests, { ...stored, opened }) } };
}

const rowsIn = ({ from, rows, failures }: ShownTable): number[] =>
  failures ? failures.map(({ row }) => row) : rows.map((_, i) => from + i);

async function codeOf({ detail }: Stored, { store }: Opened): Promise<readonly string[]> {
  const objects = (detail['programs'] ?? []) as readonly ObjectId[];
  return Promise.all(objects.map(async (object) => Buffer.from(await store.getBytes(object)).toString()));
}

const tableOf = (output: TableOutput, asked: ShowAsked, { store }: Opened): Promise<ShownTable> =>
  reading(output, store, (reader) => shownTable(reader, asked));

async function shownTable(reader: TableReader, asked: ShowAsked): Promise<ShownTable> {
  const { output } = reader;
  const names = asked.columns ?? Object.keys(reader.columns);
  const unknown = names.find((name) => !Object.hasOwn(reader.columns, name));
  if (unknown !== undefined)
    throw new Mistake(
      `Cannot show the column ${unknown}: the table has none of this name. ${spelled(unknown, Object.keys(reader.columns), 'It has')}`,
    );
  const from = Math.min(asked.from ?? 0, reader.rows);
  const failures = asked.failed ? (await reader.allFailures()).slice(0, asked.rows ?? 50) : undefined;
  const places = failures
    ? Int32Array.from(failures, ({ row }) => row)
    : Int32Array.from({ length: Math.min(asked.rows ?? 10, reader.rows - from) }, (_, i) => from + i);
  return {
    is: 'table',
    count: reader.rows,
    failed: output.failed,
    columns: reader.columns,
    ...(output.splits && { splits: output.splits }),
    from,
    rows: places.length ? (rowsOfBatch(await reader.pick([...names], places)) as Row[]) : [],
    ...(failures && { failures }),
  };
}
