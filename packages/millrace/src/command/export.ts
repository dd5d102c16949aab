import { resultOf, type TableOutput, TableReader } from '@millrace/core';
import { bytesOf, exists, writeText } from '../disk.js';
import { Mistake } from '../mistake.js';
import { writeColumns } from './export-columns.js';
import { writeDataset } from './export-hf.js';
import { csvOf, jsonlOf } from './export-text.js';
import type { Opened } from './opened.js';
import { type Remaking, readStored, type StoredOutput } from './readable.js';
import { report } from './report.js';

export const FORMATS = ['parquet', 'arrow', 'jsonl', 'csv', 'hf', 'report', 'files'] as const;
export type ExportFormat = (typeof FORMATS)[number];

export interface ExportAsked {
  readonly to: string;
  readonly as: ExportFormat;
  /** Take the place of what is there. */
  readonly overwrite?: boolean;
  readonly baseline?: string | undefined;
  readonly remaking?: Remaking | undefined;
}

export interface Exported {
  readonly stage: string;
  readonly to: string;
  readonly as: ExportFormat;
  readonly rows?: number;
  readonly bytes: number;
}

/** Writes a stage's output as one joined file, or as a folder. */
export async function exportStage(name: string, asked: ExportAsked, opened: Opened): Promise<Exported> {
  if (exists(asked.to) && !asked.overwrite)
    throw new Mistake(
      `Cannot export to ${asked.to}: something is there already. Choose another path, or add --overwrite.`,
    );
  return readStored(name, { opened, remaking: asked.remaking }, (stored) => exported(name, stored, { asked, opened }));
}

interface Exporting {
  readonly asked: ExportAsked;
  readonly opened: Opened;
}

async function exported(
  name: string,
  { place, output }: StoredOutput,
  { asked, opened }: Exporting,
): Promise<Exported> {
  const said = { stage: place.step.name, to: asked.to, as: asked.as };
  if (asked.as === 'report') {
    writeText(asked.to, await report(name, { baseline: asked.baseline }, opened));
    return { ...said, bytes: bytesOf(asked.to) };
  }
  const result = resultOf(output, opened.store);
  if (result.is === 'folder') {
    await result.place(asked.to, 'copy');
    return { ...said, as: 'files', bytes: output.is === 'folder' ? output.bytes : 0 };
  }
  if (result.is === 'value') {
    writeText(asked.to, `${JSON.stringify(result.value, null, 2)}\n`);
    return { ...said, bytes: bytesOf(asked.to) };
  }
  await writeTable(result.output, asked, opened);
  return { ...said, rows: result.count, bytes: asked.as === 'hf' ? 0 : bytesOf(asked.to) };
}

async function writeTable(output: TableOutput, { as, to }: ExportAsked, opened: Opened): Promise<void> {
  const reader = new TableReader(output, opened.store);
  if (as === 'jsonl') return writeText(to, await jsonlOf(reader));
  if (as === 'csv') return writeText(to, await csvOf(reader));
  if (as === 'hf') return writeDataset(reader, to, output.splits);
  if (as === 'parquet' || as === 'arrow') return writeColumns(reader, { as, to });
  throw new Mistake(`Cannot export a table as ${as}. Choose parquet, arrow, jsonl, csv, hf or report.`);
}
