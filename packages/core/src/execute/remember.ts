import { rowsOf } from '../columns/read.js';
import type { Columns } from '../columns/type.js';
import type { Row } from '../declare/row.js';
import { toPlain } from '../identity/canonical.js';
import { digestText } from '../identity/digest.js';
import { type CallOf, callIdentity } from '../plan/decide.js';
import type { Store } from '../ports/store.js';
import { reading } from '../tables/read.js';
import { narrowed, rowsIn, tableOf } from '../tables/segments.js';
import { AnswerLog } from './answers.js';
import { refusedCalls } from './refused.js';

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
  const keys = requestKeys(requests);
  await log.settle();
  const known = log.memory.find(keys);
  for (const i of (await refusedCalls({ entries: known, log, work: {}, config: undefined })).keys()) known[i] = -1;
  const missing = firstOfEach(keys, known);
  if (missing.length) {
    const given = await ask(missing);
    const wanted = Buffer.concat(missing.map((i) => keys.subarray(i * 16, i * 16 + 16)));
    log.memory.know(wanted, await log.add({ keys: wanted, batch: log.batchOf(given) }));
  }
  await log.settle();
  const found = log.memory.find(keys).map((entry) => log.memory.rowsOf(entry)[0]);
  const { segments, places } = narrowed({ segments: log.segments, places: found });
  const rows = await reading(tableOf({ segments, maps: [] }, rowsIn(segments)), store, async (reader) =>
    rowsOf(await reader.pick(Object.keys(answers), places)),
  );
  return { rows, known: known.reduce((n, place) => n + (place < 0 ? 0 : 1), 0), asked: missing.length };
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
