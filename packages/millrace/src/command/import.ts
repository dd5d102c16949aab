import {
  cutoffKey,
  forgetImported,
  graphOf,
  type ImportedRows,
  natureOf,
  type Output,
  type Outputs,
  type RowsWork,
  rememberImported,
  runGraph,
  type Step,
  type Stored,
  type TableOutput,
} from '@millrace/core';
import { source } from '@millrace/stages';
import { lastValueFrom, tap } from 'rxjs';
import { isFile, realPath } from '../disk.js';
import { Mistake } from '../mistake.js';
import { inputsOf, noteNewest } from './accept.js';
import type { Opened } from './opened.js';
import { plannedStage } from './stage-named.js';

export interface Imported {
  readonly stage: string;
  readonly fingerprint: string;
  readonly rows: number;
  /** Of a row-wise stage: rows that are not known each by itself, and what the stage does with these where a row is added. */
  readonly later?: { readonly rows: number; readonly are: 'asked' | 'computed'; readonly because: string };
}

/** Puts a table in a file in as a stage's result, marked as such. */
export async function importTable(name: string, file: string, opened: Opened): Promise<Imported> {
  if (!isFile(file)) throw new Mistake(`Cannot import ${file}: there is no such file. Check the path.`);
  const { step, part, plan } = await plannedStage(name, opened);
  const { node, label, fingerprint } = step;
  const inputs = inputsOf(step, plan);
  const output = await stored(realPath(file), opened);
  checkFits(output, { step, file, known: inputs.known });
  const before = opened.store.entry(fingerprint);
  if (before) takeBack(before, opened);
  const rows = await rememberImported(node, { known: inputs.known, table: output }, opened.ports);
  opened.store.commit(
    {
      scheme: node.recipe.scheme,
      fingerprint,
      recipe: node.recipe,
      label,
      status: 'complete',
      origin: 'imported',
      inputs: inputs.read,
      parts: { [part]: output },
      cost: { seconds: 0, rows: 0, calls: 0 },
      worth: { seconds: 0, rows: output.rows, calls: 0 },
      facts: { importedFrom: file },
      detail: { units: node.units, names: node.names, ...(rows && { imported: rows }) },
      at: new Date().toISOString(),
    },
    { cutoff: cutoffKey(node, inputs.read) },
  );
  noteNewest(step, fingerprint, opened);
  return { stage: step.name, fingerprint, rows: output.rows, ...laterRows(step, output, rows?.rows ?? 0) };
}

function laterRows({ node }: Step, { rows }: TableOutput, known: number): Pick<Imported, 'later'> {
  const { kind, options } = node.stage;
  if (kind.work.is !== 'rows' || known === rows) return {};
  const because = kind.work.many
    ? 'A row of its input may give any number of rows'
    : options.remember === false
      ? 'The stage remembers no rows (remember: false)'
      : 'Their columns do not hold a whole answer of the stage, or differ from what it reads of its input';
  return { later: { rows: rows - known, are: natureOf(node) === 'pure' ? 'computed' : 'asked', because } };
}

/** Rows of an import count no more, nor do the results that were made of them. Gives these. */
export function takeBack({ detail }: Pick<Stored, 'detail'>, { store }: Pick<Opened, 'store'>): Stored[] {
  const imported = detail['imported'] as ImportedRows | undefined;
  return imported ? forgetImported(imported, store) : [];
}

/** Read as a source reads it, into the same store. */
async function stored(file: string, { ports }: Opened): Promise<TableOutput> {
  const graph = graphOf({ imported: source.path(file) } as unknown as Outputs);
  let output: Output | undefined;
  let failed: Error | undefined;
  const events = runGraph(graph, {}, ports).pipe(
    tap((event) => {
      if (event.is === 'stage-outputs') output = event.outputs['main'];
      if (event.is === 'stage-failed') failed = event.error;
    }),
  );
  await lastValueFrom(events);
  if (failed) throw new Mistake(`Cannot import ${file}: ${failed.message}`);
  if (output?.is !== 'table')
    throw new Mistake(`Cannot import ${file}: it holds no table. Give a .jsonl, .csv, .parquet or .arrow file.`);
  return output;
}

interface Fits {
  readonly step: Step;
  readonly file: string;
  readonly known: Readonly<Record<string, Output>>;
}

/** A row-wise stage gives a row for each of its input: another number would be read beside the wrong rows. */
function checkFits(output: TableOutput, { step, file, known }: Fits): void {
  const { work } = step.node.stage.kind;
  const [input] = Object.values(known);
  if (work.is !== 'rows' || input?.is !== 'table') return;
  const refuse = (why: string) => new Mistake(`Cannot import ${file} as ${step.name}: ${why}`);
  const lacks = (names: readonly string[]) => names.find((name) => !output.columns.some((each) => each.name === name));
  const missing = lacks(input.columns.map(({ name }) => name));
  if (missing !== undefined)
    throw refuse(
      `it lacks the column ${missing} of the stage's input. Give a table with all columns of the input and those of the stage.`,
    );
  const own = lacks(addedBy(work, step.node.stage.config));
  if (own !== undefined)
    throw refuse(
      `it lacks the column ${own}, which the stage adds. Give a table that has it: what stands below reads it.`,
    );
  const repeat = (work as RowsWork<unknown>).repeat?.(step.node.stage.config) ?? 1;
  if (!work.many && output.rows !== input.rows * repeat)
    throw refuse(
      `it has ${output.rows} rows and the stage's input has ${input.rows}. Give ${repeat === 1 ? 'one row' : `${repeat} rows, one after the other,`} for each row of the input, in its order.`,
    );
}

/** As far as they are known before it runs. */
const addedBy = ({ adds, answers, derive }: RowsWork<unknown>, config: unknown): string[] =>
  [adds?.(config) ?? answers(config), derive?.columns(config) ?? {}].flatMap((columns) => Object.keys(columns));
