import { randomUUID } from 'node:crypto';
import { buildBatch } from '../columns/build.js';
import type { Batch } from '../columns/column.js';
import { ColumnError } from '../columns/error.js';
import { keysAt } from '../columns/keys.js';
import { rowsOf } from '../columns/read.js';
import type { Columns } from '../columns/type.js';
import type { RowsWork } from '../declare/kind.js';
import type { Row } from '../declare/row.js';
import { toPlain } from '../identity/canonical.js';
import { digestText } from '../identity/digest.js';
import { rowIdentity } from '../plan/decide.js';
import { columnsOf, type Known, type Node, natureOf, rowsWork } from '../plan/node.js';
import type { CodeReader } from '../ports/code.js';
import { objectsOf } from '../ports/objects-of.js';
import type { Digest, Store, Stored, TableOutput } from '../ports/store.js';
import { reading, type TableReader, WINDOW } from '../tables/read.js';
import { AnswerLog } from './answers.js';
import { StageFunctions } from './functions.js';
import { callKeys, type KeysOf } from './keys.js';
import { importedRows, importsOf } from './memory.js';

/** Rows of a table from outside, each under the key of its call. */
export interface ImportedRows {
  /** Whose calls they answer. */
  readonly identity: Digest;
  /** Under which they stand, apart from what the stage was answered itself. */
  readonly own: Digest;
  readonly rows: number;
}

interface Ports {
  readonly store: Store;
  readonly code: CodeReader;
}

/**
 * Remembers each row that a stage was given from outside as the answer of its call. A row counts where it reads what the
 * input's row reads, and where its columns say the whole answer. Nothing, where the columns of the stage never do.
 */
export async function rememberImported(
  node: Node,
  { known, table }: { readonly known: Known; readonly table: TableOutput },
  { store, code }: Ports,
): Promise<ImportedRows | undefined> {
  const work = rowsWork(node);
  const input = known[node.inputs[0]?.role ?? ''];
  if (!work || input?.is !== 'table' || !areAnswers(node, work, columnsOf(input) as Columns)) return undefined;
  const silent = () => undefined;
  const functions = new StageFunctions(node.stage, code, { print: silent, note: silent });
  try {
    const asking = work.request ? await functions.config() : node.stage.config;
    const keys = await sharedKeys({ node, work, asking }, [input, table], store);
    const identity = rowIdentity(node, known);
    const own = digestText(`rows of ${identity} imported as ${randomUUID()}`);
    const rows = await addAll({ node, work, columns: columnsOf(input) as Columns, own, keys }, table, store);
    const imports = [...importsOf(identity, store), { own, redraw: store.redraw(identity).done }];
    if (rows) store.putFact(importedRows(identity), imports);
    return { identity, own, rows };
  } finally {
    await functions.close();
  }
}

/** These rows count no more, nor do the results that were made of them. Gives these. */
export function forgetImported({ identity, own }: ImportedRows, store: Store): Stored[] {
  const left = importsOf(identity, store).filter((each) => each.own !== own);
  store.putFact(importedRows(identity), left.length ? left : null);
  const objects = new Set(store.memory(own).flatMap(({ segment }) => segment.data ?? []));
  const made = [...store.entries()].filter(
    (entry) => entry.rows?.identity === identity && objectsOf(entry).some((object) => objects.has(object)),
  );
  for (const { fingerprint } of made) store.forget(fingerprint);
  return made;
}

/** One answer a call, of which each part is a column, or follows from one. */
function areAnswers({ stage: { config, options } }: Node, work: RowsWork, columns: Columns): boolean {
  if (work.many || options.remember === false) return false;
  if (isDerived(work, config)) return work.derive?.back !== undefined;
  const added = work.adds && [...Object.values(work.adds(config)), ...Object.keys(work.usual ?? {})];
  return Object.keys(work.answers(config, columns)).every((answer) => !added || added.includes(answer));
}

const isDerived = ({ derive }: RowsWork, config: unknown): boolean =>
  Object.keys(derive?.columns(config) ?? {}).length > 0;

interface Asking {
  readonly node: Node;
  readonly work: RowsWork;
  /** The config, with functions that may be called. */
  readonly asking: unknown;
}

/** The key of each call of the input; undefined where the table's row at its place would ask something else. */
async function sharedKeys(
  { node, work, asking }: Asking,
  [input, table]: readonly [TableOutput, TableOutput],
  store: Store,
): Promise<(Uint8Array | undefined)[]> {
  const reads = work.reads(node.stage.config, columnsOf(input));
  const of = (failed: KeysOf['failed']) => ({ work, config: asking, reads, failed, sampling: false });
  const { repeat: _, ...once } = work;
  const theirs = await reading(table, store, (reader) => callKeys(reader, { ...of(new Set()), work: once }));
  return reading(input, store, async (reader) => {
    const failed = new Set((await reader.failures()).map(({ row }) => row));
    const { keys, repeat, unasked } = await callKeys(reader, {
      ...of(failed),
      sampling: natureOf(node) === 'sampling',
    });
    const plain = await callKeys(reader, { ...of(failed), work: once });
    return Array.from({ length: keys.length / 16 }, (_, call) => {
      const row = Math.floor(call / repeat);
      if (failed.has(row) || unasked.has(row) || theirs.unasked.has(call)) return undefined;
      return Buffer.compare(at(plain.keys, row), at(theirs.keys, call)) === 0 ? at(keys, call) : undefined;
    });
  });
}

const at = (keys: Uint8Array, call: number): Uint8Array => keysAt(keys, Int32Array.of(call));

interface Adding {
  readonly node: Node;
  readonly work: RowsWork;
  readonly columns: Columns;
  readonly own: Digest;
  readonly keys: readonly (Uint8Array | undefined)[];
}

async function addAll(adding: Adding, table: TableOutput, store: Store): Promise<number> {
  const { node, work, columns, own } = adding;
  const log = await AnswerLog.open(own, {
    store,
    onlyRedraw: undefined,
    answers: work.answers(node.stage.config, columns),
    noted: natureOf(node) !== 'pure',
    counted: false,
    format: node.stage.options.format ?? 'auto',
    remember: true,
  });
  try {
    const rows = await reading(table, store, (reader) => addEach(adding, reader, log));
    await log.settle();
    return rows;
  } finally {
    await log.keep();
  }
}

async function addEach({ node, work, columns, keys }: Adding, reader: TableReader, log: AnswerLog): Promise<number> {
  const own = Object.keys(reader.columns).filter((name) => !Object.hasOwn(columns, name));
  const answerOf = answersIn(own, work, node.stage.config);
  let rows = 0;
  for (let from = 0; from < reader.rows; from += WINDOW) {
    const read = rowsOf(await reader.window(own, from, Math.min(from + WINDOW, reader.rows))) as Row[];
    const answered = read.flatMap((row, i) => {
      const key = keys[from + i];
      const answer = key && answerOf(row);
      return answer ? [{ key, answer }] : [];
    });
    const { batch, fitting } = storable(answered, log);
    if (fitting.length === 0) continue;
    rows += fitting.length;
    await log.add({ keys: Buffer.concat(fitting.map(({ key }) => key)), batch });
  }
  return rows;
}

interface Answer {
  readonly key: Uint8Array;
  readonly answer: Row;
}

/** Less those with a value that its column cannot hold. */
function storable(answers: readonly Answer[], log: AnswerLog): { batch: Batch; fitting: readonly Answer[] } {
  try {
    return { batch: log.batchOf(answers.map(({ answer }) => answer)), fitting: answers };
  } catch (error) {
    if (!(error instanceof ColumnError)) throw error;
    if (answers.length === 1) return { batch: log.batchOf([]), fitting: [] };
    const each = answers.map((answer) => storable([answer], log).fitting);
    return { batch: log.batchOf(each.flat().map(({ answer }) => answer)), fitting: each.flat() };
  }
}

/** The answer that the columns of a row say; nothing where they say none, or one that the stage would refuse. */
function answersIn(own: readonly string[], work: RowsWork, config: unknown): (row: Row) => Row | undefined {
  const pairs = Object.entries(work.adds?.(config) ?? Object.fromEntries(own.map((name) => [name, name])));
  const said = isDerived(work, config)
    ? (row: Row) => derivedFrom(row, work, config)
    : (row: Row) => Object.fromEntries(pairs.map(([column, answer]) => [answer, row[column] ?? null]));
  return (row) => {
    const answer = said(row);
    if (!answer || Object.values(answer).every((value) => value === null)) return undefined;
    const whole = { ...work.usual, ...answer };
    return work.refuse?.check(whole, config) === undefined ? whole : undefined;
  };
}

/** An answer from which exactly these columns are derived. */
function derivedFrom(row: Row, { derive }: RowsWork, config: unknown): Row | undefined {
  const columns = derive?.columns(config) ?? {};
  const asColumns = (values: Row): Row => rowsOf(buildBatch([values], columns), undefined, { arrays: true })[0] as Row;
  try {
    const wanted = asColumns(row);
    const answer = derive?.back?.(wanted, config);
    return answer && sameText(asColumns(derive?.run(answer, config) ?? {}), wanted) ? answer : undefined;
  } catch {
    return undefined;
  }
}

const sameText = (a: Row, b: Row): boolean => JSON.stringify(toPlain(a)) === JSON.stringify(toPlain(b));
