import { keysAt } from '../columns/keys.js';
import type { Segment } from '../ports/store.js';
import { distinct, isScattered, mayBeScattered, type Part, windowsOf, writeAnew } from '../tables/segments.js';
import { importsOf } from './memory.js';
import type { RowsJob } from './rows-job.js';

/** Answers that are spread over many segments, or stand among as many that nobody asks for, are written anew together. */
export async function compact(job: RowsJob): Promise<void> {
  const { log, entries } = job;
  const { memory } = log;
  const isBorrowed = log.borrowed || importsOf(log.identity, job.run.store).length > 0;
  if (!log.of.remember || isBorrowed || !mayBeScattered(log.segments, entries.length)) return;
  const once = distinct(entries, memory.size);
  const placed = { segments: log.segments, places: rowsOf(job, once) };
  const columns = sameColumns(log.segments);
  if (!columns || !isScattered(placed)) return;
  const keys = keysAt(job.keys, firstCalls(entries, memory.size, once));
  const counts = log.of.counted ? Uint32Array.from(once, (entry) => memory.rowsOf(entry)[1]) : undefined;
  const anew = { segments: log.segments, columns, format: log.of.format };
  const segments = await writeAnew(partsOf(job, once, keys), anew, job.run.store);
  const first = log.adopt(segments, { keys, ...(counts && { counts }), rows: placed.places.length });
  const moved = new Int32Array(memory.size);
  for (let i = 0; i < once.length; i++) moved[once[i] as number] = first + i;
  for (let call = 0; call < entries.length; call++)
    if ((entries[call] as number) >= 0) entries[call] = moved[entries[call] as number] as number;
}

function* partsOf({ log, ...job }: RowsJob, once: Int32Array, keys: Uint8Array): Generator<Part> {
  let at = 0;
  for (const some of windowsOf(once)) {
    const from = at;
    at += some.length;
    const counts = log.of.counted ? Uint32Array.from(some, (entry) => log.memory.rowsOf(entry)[1]) : undefined;
    const beside = { keys: keys.subarray(from * 16, at * 16), ...(counts && { counts }) };
    yield { rows: rowsOf({ log, ...job }, some), beside: () => beside };
  }
}

/** Of answers whose columns are found from their values, segments may differ. */
function sameColumns([first, ...others]: readonly Segment[]): Segment['columns'] | undefined {
  const columns = JSON.stringify(first?.columns);
  return others.every((other) => JSON.stringify(other.columns) === columns) ? first?.columns : undefined;
}

function rowsOf({ log: { memory, of } }: RowsJob, entries: Int32Array): Int32Array {
  if (!of.counted) return entries.map((entry) => memory.rowOf(entry));
  return Int32Array.from(
    [...entries].flatMap((entry) => {
      const [first, count] = memory.rowsOf(entry);
      return Array.from({ length: count }, (_, i) => first + i);
    }),
  );
}

/** Of each entry the call that it answers first. */
function firstCalls(entries: Int32Array, size: number, once: Int32Array): Int32Array {
  const calls = new Int32Array(size);
  for (let call = entries.length - 1; call >= 0; call--)
    if ((entries[call] as number) >= 0) calls[entries[call] as number] = call;
  return once.map((entry) => calls[entry] as number);
}
