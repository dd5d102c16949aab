import {
  cutoffKey,
  graphOf,
  type Output,
  type Outputs,
  type RowsWork,
  rememberImported,
  runGraph,
  type Step,
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
}

/** Puts a table in a file in as a stage's result, marked as such. */
export async function importTable(name: string, file: string, opened: Opened): Promise<Imported> {
  if (!isFile(file)) throw new Mistake(`Cannot import ${file}: there is no such file. Check the path.`);
  const { step, part, plan } = await plannedStage(name, opened);
  const { node, label, fingerprint } = step;
  const inputs = inputsOf(step, plan);
  const output = await stored(realPath(file), opened);
  checkFits(output, { step, file, known: inputs.known });
  const rowsOf = await rememberImported(node, inputs.known, output, opened.store);
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
      detail: { units: node.units, names: node.names, ...(rowsOf && { rowsOf }) },
      at: new Date().toISOString(),
    },
    { cutoff: cutoffKey(node, inputs.read) },
  );
  noteNewest(step, fingerprint, opened);
  return { stage: step.name, fingerprint, rows: output.rows };
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
  if (output.rows !== input.rows)
    throw refuse(
      `it has ${output.rows} rows and the stage's input has ${input.rows}. Give one row for each row of the input, in its order.`,
    );
}

/** As far as they are known before it runs. */
const addedBy = ({ adds, answers, derive }: RowsWork<unknown>, config: unknown): string[] =>
  [adds?.(config) ?? answers(config), derive?.columns(config) ?? {}].flatMap((columns) => Object.keys(columns));
