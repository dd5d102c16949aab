import { reader, rowsOf } from '../columns/read.js';
import type { Columns } from '../columns/type.js';
import type { Row } from '../declare/row.js';
import { toPlain } from '../identity/canonical.js';
import { digestText } from '../identity/digest.js';
import { type CallOf, callIdentity } from '../plan/decide.js';
import type { Store } from '../ports/store.js';
import { reading } from '../tables/read.js';
import { narrowed, rowsIn, tableOf } from '../tables/segments.js';
import { AnswerLog, ERROR } from './answers.js';

/** Calls that are remembered outside of any pipeline, under the very keys that a stage gives them. */
export interface RememberedCalls {
  readonly call: CallOf;
  readonly answers: Columns;
  readonly noted: boolean;
  readonly store: Store;
}

export interface Answers {
  /** In the order of the requests. */
  readonly rows: readonly Row[];
  readonly known: number;
  readonly asked: number;
}

/** So many calls wait in journals, of a file each, until one segment, of five files, takes them all. */
const WAIT = 64;

/** Answers requests from memory, and the others, each once, by a call. */
export async function answerRequests(
  requests: readonly unknown[],
  of: RememberedCalls,
  ask: (missing: readonly number[]) => Promise<readonly Row[]>,
): Promise<Answers> {
  const { answers, noted, store } = of;
  const log = await AnswerLog.open(callIdentity(of.call), {
    store,
    onlyRedraw: undefined,
    answers,
    noted,
    counted: false,
    format: 'auto',
    remember: true,
  });
  try {
    const keys = requestKeys(requests);
    const known = await countingIn(log, keys);
    const missing = firstOfEach(keys, known);
    if (missing.length) {
      const given = await ask(missing);
      const wanted = Buffer.concat(missing.map((i) => keys.subarray(i * 16, i * 16 + 16)));
      log.memory.know(wanted, await log.add({ keys: wanted, batch: log.batchOf(given) }));
    }
    if (log.waiting.length >= WAIT) await log.settle();
    const found = log.memory.find(keys).map((entry) => log.memory.rowsOf(entry)[0]);
    const rows = await rowsAt(found, Object.keys(answers), log);
    return { rows, known: known.reduce((n, place) => n + (place < 0 ? 0 : 1), 0), asked: missing.length };
  } finally {
    await log.keep();
  }
}

/** The entry of each key whose answer counts; −1 where there is none, or a remembered failure. */
async function countingIn(log: AnswerLog, keys: Buffer): Promise<Int32Array> {
  const found = log.memory.find(keys);
  const places = found.filter((entry) => entry >= 0).map((entry) => log.memory.rowsOf(entry)[0]);
  const failures = await rowsAt(places, [ERROR], log);
  let at = 0;
  return found.map((entry) => (entry >= 0 && failures[at++]?.[ERROR] ? -1 : entry));
}

/** Rows of what stands in segments, and of what stands in journals behind them. */
async function rowsAt(places: Int32Array, names: readonly string[], log: AnswerLog): Promise<Row[]> {
  const settled = rowsIn(log.segments);
  const stored = narrowed({ segments: log.segments, places: places.filter((place) => place < settled) });
  const table = tableOf({ segments: stored.segments, maps: [] }, rowsIn(stored.segments));
  const read = stored.places.length
    ? await reading(table, log.of.store, async (reader) => rowsOf(await reader.pick([...names], stored.places)))
    : [];
  let at = 0;
  return Array.from(places, (place) =>
    place < settled ? (read[at++] as Row) : waitingRow(log, place - settled, names),
  );
}

function waitingRow({ waiting }: AnswerLog, row: number, names: readonly string[]): Row {
  let before = 0;
  for (const { rows, columns } of waiting) {
    if (row < before + rows)
      return Object.fromEntries(
        names.map((name) => {
          const column = columns.get(name);
          return [name, column ? reader(column)(row - before) : null];
        }),
      );
    before += rows;
  }
  throw new Error('BUG: an answer stands in no segment and in no journal');
}

function requestKeys(requests: readonly unknown[]): Buffer {
  const keys = Buffer.alloc(requests.length * 16);
  for (const [i, request] of requests.entries())
    keys.write(digestText(JSON.stringify(toPlain(request))), i * 16, 'hex');
  return keys;
}

function firstOfEach(keys: Buffer, known: Int32Array): number[] {
  const seen = new Set<string>();
  const missing: number[] = [];
  for (let i = 0; i < known.length; i++) {
    const key = keys.toString('latin1', i * 16, i * 16 + 16);
    if ((known[i] as number) >= 0 || seen.has(key)) continue;
    seen.add(key);
    missing.push(i);
  }
  return missing;
}
