import { buildBatch } from '../columns/build.js';
import type { Batch } from '../columns/column.js';
import { inferColumns } from '../columns/infer.js';
import { rowsOf } from '../columns/read.js';
import { slice } from '../columns/slice.js';
import type { Columns } from '../columns/type.js';
import type { PartResult, WholeContext, WholeWork } from '../declare/kind.js';
import type { Row } from '../declare/row.js';
import { toPlain } from '../identity/canonical.js';
import { digestText } from '../identity/digest.js';
import { nameOf, wholeWork } from '../plan/node.js';
import { columnsSeen } from '../plan/seen.js';
import { NOTHING_SPENT, sumCosts } from '../ports/cost.js';
import type { Cost, Output, SelectEntry, TableOutput } from '../ports/store.js';
import { WINDOW } from '../tables/read.js';
import { writeTable } from '../tables/write.js';
import { type Made, openContext, type StageRun, StageStopped } from './context.js';
import { takeFolder } from './folder.js';
import { openInputs } from './inputs.js';
import { refuseFailed } from './refused.js';
import { reselected, selectRows } from './select.js';
import { stackTables } from './stack.js';

/** A stage that takes everything in and gives every part out: nothing of it is kept before it is done. */
export async function runWhole(run: StageRun): Promise<Made> {
  const { node, known, store } = run;
  const work = wholeWork(node) as WholeWork;
  if (!work.partial?.(node.stage.config)) refuseFailed(run, node.inputs);
  const again = await reselected(run);
  if (again) return again;
  const config = await run.functions.config();
  const inputs = await openInputs(node, known, store);
  let spent: Cost = NOTHING_SPENT;
  const facts: Record<string, unknown> = {};
  const context: WholeContext<unknown, object> = {
    ...openContext(run, inputs.values),
    config,
    options: node.stage.options,
    head: headOf(run),
    folder: (part) => store.workFolder(run.workName(part)),
    again: run.forced,
    progress: (done, of) => run.progress(done, of, spent),
    spent: (more) => {
      spent = sumCosts(spent, more);
      run.spending.add(more);
    },
    facts: (said) => Object.assign(facts, said),
  };
  try {
    const results = await work.run(context);
    if (run.signal.aborted)
      throw new StageStopped(
        'interrupted',
        'The run was interrupted while this stage ran. It runs again from its start.',
      );
    const { parts, selects } = await storeParts(run, work, results);
    const rows = Object.values(parts).find((p): p is TableOutput => p.is === 'table')?.rows ?? 0;
    const cost = { ...spent, rows };
    const failed = failedIn(parts);
    return {
      parts,
      ...(Object.keys(selects).length && { selects }),
      cost,
      worth: cost,
      saved: NOTHING_SPENT,
      failed,
      failedAbove: failed,
      permanent: 0,
      facts,
    };
  } finally {
    await inputs.close();
  }
}

/** One more than a look ahead takes says that there are too many. */
const headOf = ({ node, mostRows }: StageRun): number | undefined =>
  mostRows === undefined ? (node.recipe.head ?? undefined) : Math.min(node.recipe.head ?? mostRows + 1, mostRows + 1);

const failedIn = (parts: Readonly<Record<string, Output>>): number =>
  Object.values(parts).reduce((sum, part) => sum + (part.is === 'table' ? part.failed : 0), 0);

/** Just those that the kind declares: none is missing, and none is lost. */
function partsOf(
  { node }: StageRun,
  work: WholeWork,
  results: Readonly<Record<string, PartResult>> | undefined,
): [string, PartResult][] {
  const declared = Object.keys(work.parts(node.stage.config));
  const more = Object.keys(results ?? {}).find((part) => !declared.includes(part));
  if (more !== undefined)
    throw new Error(
      `Stage ${nameOf(node)} gave a part ${more} that its kind ${node.stage.kind.name} does not declare, so nobody could read it. Declare it in parts, or leave it out.`,
    );
  return declared.map((part) => {
    const result = results?.[part];
    if (result) return [part, result];
    throw new Error(
      `Stage ${nameOf(node)} gave no part ${part} although its kind ${node.stage.kind.name} declares it. Return every part.`,
    );
  });
}

async function storeParts(
  run: StageRun,
  work: WholeWork,
  results: Readonly<Record<string, PartResult>>,
): Promise<{ parts: Record<string, Output>; selects: Record<string, SelectEntry> }> {
  const parts: Record<string, Output> = {};
  const selects: Record<string, SelectEntry> = {};
  for (const [part, result] of partsOf(run, work, results)) {
    if ('select' in result) {
      const { table, entry } = await selectRows(run, result);
      parts[part] = table;
      selects[part] = entry;
    } else parts[part] = await storePart(run, { work, part }, result);
  }
  return { parts, selects };
}

async function storePart(
  run: StageRun,
  { work, part }: { work: WholeWork; part: string },
  result: Exclude<PartResult, { select: Int32Array }>,
): Promise<Output> {
  if ('value' in result) {
    const value = toPlain(result.value);
    return { is: 'value', digest: digestText(JSON.stringify(value)), value };
  }
  if ('folder' in result) return takeFolder(result, run.store);
  if ('stack' in result) return stackTables(run, result);
  return storeRows(run, { work, part }, result);
}

async function storeRows(
  run: StageRun,
  { work, part }: { work: WholeWork; part: string },
  result: Extract<PartResult, { rows: unknown }>,
): Promise<TableOutput> {
  const { node, store } = run;
  const declared = result.columns ?? work.columns?.(node.stage.config, inputColumns(run))?.[part];
  const rows = limited(work.unordered ? sorted(result.rows) : toAsync(result.rows), headOf(run));
  const { batches, columns } = declared ? { batches: typed(rows, declared), columns: declared } : await inferred(rows);
  const earlier = digestText(`rows of ${nameOf(node)} ${node.recipe.kind} ${part}`);
  const written = await writeTable(batches, { columns, format: node.stage.options.format ?? 'auto', earlier }, store);
  return {
    is: 'table',
    rows: written.rows,
    columns: written.columns,
    groups: [written.group],
    failed: 0,
    ...((!declared || Object.keys(declared).length === 0) && { inferred: true as const }),
    ...(result.splits && { splits: result.splits }),
  };
}

const inputColumns = ({ node, known }: StageRun): Record<string, Columns | undefined> =>
  Object.fromEntries(
    node.inputs.map(({ role }) => {
      const input = known[role];
      return [role, input?.is === 'table' ? columnsSeen(node, role, input) : undefined];
    }),
  );

type Chunk = Batch | readonly Row[];

async function* toAsync(rows: AsyncIterable<Chunk> | Iterable<Chunk>): AsyncGenerator<Chunk> {
  yield* rows;
}

const isBatch = (chunk: Chunk): chunk is Batch => !Array.isArray(chunk);

async function* typed(rows: AsyncIterable<Chunk>, columns: Columns): AsyncGenerator<Batch> {
  for await (const chunk of rows) {
    if (isBatch(chunk)) yield chunk;
    else for (let at = 0; at < chunk.length; at += WINDOW) yield buildBatch(chunk.slice(at, at + WINDOW), columns);
  }
}

/** Undeclared columns are known only when all rows are: these tables pass through memory. */
async function inferred(rows: AsyncIterable<Chunk>): Promise<{ batches: AsyncIterable<Batch>; columns: Columns }> {
  const all: Row[] = [];
  const batches: Batch[] = [];
  for await (const chunk of rows) {
    if (isBatch(chunk)) batches.push(chunk);
    else for (const row of chunk) all.push(row);
  }
  if (batches.length && all.length)
    throw new Error(
      'A stage gave some of its rows as objects and some as batches without declaring its columns. Declare the columns, or give one of the two.',
    );
  if (batches.length)
    return {
      batches: toAsync(batches) as AsyncIterable<Batch>,
      columns: Object.fromEntries([...(batches[0] as Batch).columns].map(([name, c]) => [name, c.type])),
    };
  const columns = inferColumns(all);
  return { batches: typed(toAsync([all]), columns), columns };
}

async function* limited(rows: AsyncIterable<Chunk>, head: number | undefined): AsyncGenerator<Chunk> {
  if (head === undefined) return yield* rows;
  let left = head;
  for await (const chunk of rows) {
    if (left <= 0) return;
    const size = isBatch(chunk) ? chunk.rows : chunk.length;
    yield size <= left ? chunk : firstRows(chunk, left);
    left -= size;
  }
}

const firstRows = (chunk: Chunk, rows: number): Chunk =>
  isBatch(chunk)
    ? { rows, columns: new Map([...chunk.columns].map(([name, c]) => [name, slice(c, 0, rows)])) }
    : chunk.slice(0, rows);

/** No order was promised: by the canonical text of the row, so that two runs give one digest. */
async function* sorted(rows: AsyncIterable<Chunk> | Iterable<Chunk>): AsyncGenerator<Chunk> {
  const all: Row[] = [];
  for await (const chunk of rows) for (const row of isBatch(chunk) ? rowsOf(chunk) : chunk) all.push(row);
  const keyed = all.map((row) => ({ row, key: JSON.stringify(toPlain(row)) }));
  yield keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}
