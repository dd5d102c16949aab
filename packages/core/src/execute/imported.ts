import { keysAt } from '../columns/keys.js';
import { rowsOf } from '../columns/read.js';
import { sliceBatch } from '../columns/slice.js';
import type { Columns } from '../columns/type.js';
import type { RowsWork } from '../declare/kind.js';
import type { Row } from '../declare/row.js';
import { rowIdentity } from '../plan/decide.js';
import { columnsOf, type Known, type Node, natureOf, rowsWork } from '../plan/node.js';
import type { Digest, Store, TableOutput } from '../ports/store.js';
import { reading, type TableReader, WINDOW } from '../tables/read.js';
import { AnswerLog, type AnswersOf } from './answers.js';
import { unpackAnswered } from './frames.js';
import { callKeys, type Keyed } from './keys.js';
import { FORGOTTEN } from './memory.js';

/** What a stage was given from outside, row by row as if it had been asked: a row that comes later is asked, these are not. Gives whose rows they are. */
export async function rememberImported(
  node: Node,
  known: Known,
  table: TableOutput,
  store: Store,
): Promise<Digest | undefined> {
  const work = rowsWork(node);
  const input = known[node.inputs[0]?.role ?? ''];
  if (!work || input?.is !== 'table') return undefined;
  const { config } = node.stage;
  const columns = columnsOf(input) as Columns;
  if (!isSaidByColumns(node, work, columns)) return undefined;
  const nature = natureOf(node);
  const keyed = await reading(input, store, async (reader) => {
    const failed = new Set((await reader.failures()).map(({ row }) => row));
    const reads = work.reads(config, columns);
    return { failed, ...(await callKeys(reader, { work, config, reads, sampling: nature === 'sampling', failed })) };
  });
  const identity = rowIdentity(node, known);
  const log = await AnswerLog.open(identity, {
    store,
    onlyRedraw: undefined,
    answers: work.answers(config, columns),
    noted: nature !== 'pure',
    counted: false,
    format: 'auto',
    remember: true,
  });
  const own = table.columns.map(({ name }) => name).filter((name) => !Object.hasOwn(columns, name));
  const answers = {
    own,
    names: Object.entries(work.adds?.(config) ?? Object.fromEntries(own.map((n) => [n, n]))),
    usual: work.usual ?? {},
  };
  try {
    await reading(table, store, (reader) => addAll(reader, { log, keyed, answers }));
  } finally {
    await log.keep();
  }
  return identity;
}

/** Rows that were taken from outside count no more. */
export async function forgetImported(identity: Digest, store: Store): Promise<void> {
  const of = { store, onlyRedraw: undefined, answers: {}, noted: true, counted: true, format: 'auto', remember: true };
  const log = await AnswerLog.open(identity, of as AnswersOf);
  try {
    const journals = [...store.journals(identity, store.redraw(identity).done)];
    for (const { keys, batch } of journals.flatMap(({ frames }) => frames.map(unpackAnswered)))
      await log.add({
        keys,
        counts: new Uint32Array(keys.length / 16).fill(FORGOTTEN),
        batch: sliceBatch(batch, 0, 0),
      });
  } finally {
    await log.keep();
  }
}

/** One answer a row, which its columns say whole. */
function isSaidByColumns({ stage: { kind, config } }: Node, work: RowsWork, columns: Columns): boolean {
  const added = work.adds && [...Object.values(work.adds(config)), ...Object.keys(work.usual ?? {})];
  return (
    !work.many &&
    (work.repeat?.(config) ?? 1) === 1 &&
    Object.keys(work.derive?.columns(config) ?? {}).length === 0 &&
    Object.keys(work.answers(config, columns)).every((answer) => !added || added.includes(answer)) &&
    !(work.request && Object.keys(kind.code?.(config) ?? {}).length > 0)
  );
}

interface Adding {
  readonly log: AnswerLog;
  readonly keyed: Keyed & { readonly failed: ReadonlySet<number> };
  readonly answers: {
    readonly own: readonly string[];
    readonly names: readonly (readonly [string, string])[];
    readonly usual: Row;
  };
}

async function addAll(reader: TableReader, { log, keyed, answers: { own, names, usual } }: Adding): Promise<void> {
  for (let from = 0; from < reader.rows; from += WINDOW) {
    const to = Math.min(from + WINDOW, reader.rows);
    const rows = rowsOf(await reader.window(own, from, to)) as Row[];
    const calls = [...rows.keys()]
      .map((at) => from + at)
      .filter((row) => !keyed.failed.has(row) && !keyed.unasked.has(row));
    const given = calls.map((row) => {
      const values = rows[row - from] as Row;
      return { ...usual, ...Object.fromEntries(names.map(([column, answer]) => [answer, values[column] ?? null])) };
    });
    if (given.length) await log.add({ keys: keysAt(keyed.keys, Int32Array.from(calls)), batch: log.batchOf(given) });
  }
}
