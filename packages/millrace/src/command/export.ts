import { reading, resultOf, type TableOutput, type TableReader } from '@millrace/core';
import { bytesOf, exists, writePieces } from '../disk.js';
import { Mistake } from '../mistake.js';
import { writeOut } from '../process.js';
import { writeColumns } from './export-columns.js';
import { writeDataset } from './export-hf.js';
import { csvPieces, jsonlPieces } from './export-text.js';
import type { Opened } from './opened.js';
import { type Remaking, readStored, type StoredOutput } from './readable.js';
import { report } from './report.js';
import { jsonText } from './session.js';

export const FORMATS = ['parquet', 'arrow', 'jsonl', 'csv', 'json', 'hf', 'report', 'files'] as const;
export type ExportFormat = (typeof FORMATS)[number];

export interface ExportAsked {
  /** Default: by the name and what is there. */
  readonly to?: string | undefined;
  /** Default: by the ending of `to`; a table is Parquet, a value JSON. */
  readonly as?: ExportFormat | undefined;
  /** Take the place of what is there. */
  readonly overwrite?: boolean;
  readonly baseline?: string | undefined;
  readonly remaking?: Remaking | undefined;
  /** CSV: texts as they are, also those that a spreadsheet takes for formulas. */
  readonly raw?: boolean;
}

/** Where a command's own output goes. */
export const STDOUT = '-';

export interface Exported {
  readonly stage: string;
  readonly to: string;
  readonly as: ExportFormat;
  readonly rows?: number;
  readonly bytes: number;
}

/** Writes a stage's output as one joined file, or as a folder. */
export async function exportStage(name: string, asked: ExportAsked, opened: Opened): Promise<Exported> {
  if (asked.to !== undefined) refuseTaken(asked.to, asked);
  return readStored(name, { opened, remaking: asked.remaking }, (stored) => {
    const as = asked.as ?? formatFor(stored.output);
    const to = asked.to ?? nameFor(name, as);
    refuseTaken(to, asked);
    return exported(name, stored, { asked: { ...asked, as, to }, opened });
  });
}

function refuseTaken(to: string, { overwrite }: ExportAsked): void {
  if (to !== STDOUT && exists(to) && !overwrite)
    throw new Mistake(`Cannot export to ${to}: something is there already. Choose another path, or add --overwrite.`);
}

const formatFor = ({ is }: StoredOutput['output']): ExportFormat =>
  (({ table: 'parquet', value: 'json', folder: 'files' }) as const)[is];

const nameFor = (name: string, as: ExportFormat): string =>
  as === 'hf' || as === 'files' ? name : `${name}.${as === 'report' ? 'html' : as}`;

interface Exporting {
  readonly asked: ExportAsked & { readonly as: ExportFormat; readonly to: string };
  readonly opened: Opened;
}

async function exported(
  name: string,
  { place, output }: StoredOutput,
  { asked, opened }: Exporting,
): Promise<Exported> {
  const said = { stage: place.step.name, to: asked.to, as: asked.as };
  if (asked.as === 'report') {
    return { ...said, bytes: await put(asked.to, [await report(name, { baseline: asked.baseline }, opened)]) };
  }
  const result = resultOf(output, opened.store);
  if (result.is === 'folder') {
    if (asked.to === STDOUT) throw new Mistake('Cannot write a folder to the standard output. Name a place with --to.');
    await result.place(asked.to, 'copy');
    return { ...said, as: 'files', bytes: output.is === 'folder' ? output.bytes : 0 };
  }
  if (result.is === 'value') {
    if (asked.as !== 'json')
      throw new Mistake(`Cannot export ${name} as ${asked.as}: it is a value, not a table. Write --as json.`);
    return { ...said, bytes: await put(asked.to, [`${jsonText(result.value, 2)}\n`]) };
  }
  return {
    ...said,
    rows: result.count,
    bytes: await writeTable(result.output, { ...asked, part: place.part }, opened),
  };
}

type Pieces = AsyncIterable<string> | Iterable<string>;

/** Bytes that were written to a file. */
async function put(to: string, pieces: Pieces): Promise<number> {
  await (to === STDOUT ? writeWhole(pieces) : writePieces(to, pieces));
  return to === STDOUT ? 0 : bytesOf(to);
}

/** What has gone out cannot be taken back, and must not be written a second time behind it. */
async function writeWhole(pieces: Pieces): Promise<void> {
  let begun = false;
  const seen = async function* () {
    for await (const piece of pieces) {
      begun = true;
      yield piece;
    }
  };
  await writeOut(seen()).catch((error: Error) => {
    if (!begun) throw error;
    throw new Mistake(`The output breaks off: ${error.message} What was written so far is not whole. Export again.`);
  });
}

const writeTable = (
  output: TableOutput,
  asked: Exporting['asked'] & { readonly part: string },
  { store }: Opened,
): Promise<number> => reading(output, store, (reader) => writeRows(reader, asked));

async function writeRows(
  reader: TableReader,
  { as, to, raw = false, part }: Exporting['asked'] & { readonly part: string },
): Promise<number> {
  const { output } = reader;
  if (as === 'jsonl') return put(to, jsonlPieces(reader));
  if (as === 'csv') return put(to, csvPieces(reader, { raw }));
  if (to === STDOUT)
    throw new Mistake(`Cannot write ${as} to the standard output. Write a file, or add --as csv or --as jsonl.`);
  if (as === 'hf') await writeDataset(reader, to, { splits: output.splits, part });
  if (as === 'parquet' || as === 'arrow') await writeColumns(reader, { as, to });
  if (as === 'hf') return 0;
  if (as === 'parquet' || as === 'arrow') return bytesOf(to);
  throw new Mistake(`Cannot export a table as ${as}. Choose parquet, arrow, jsonl, csv, hf or report.`);
}
