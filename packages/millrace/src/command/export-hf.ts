import { join } from 'node:path';
import type { TableReader } from '@millrace/core';
import { writeText } from '../disk.js';
import { writeColumns } from './export-columns.js';

type Splits = readonly (readonly [name: string, rows: number])[];

/** A folder that `datasets.load_dataset` opens: a Parquet file for each split, and the card that says so. */
export async function writeDataset(
  reader: TableReader,
  folder: string,
  { splits, part }: { readonly splits: Splits | undefined; readonly part: string },
): Promise<void> {
  const parts: Splits = splits?.length ? splits : [[part === 'main' ? 'train' : part, reader.rows]];
  let from = 0;
  for (const [name, rows] of parts) {
    await writeColumns(reader, { as: 'parquet', to: join(folder, fileOf(name)), from, rows, nested: true });
    from += rows;
  }
  writeText(join(folder, 'README.md'), card(parts));
}

const fileOf = (split: string): string => `data/${split.replace(/[^\w.-]/g, '_')}-00000-of-00001.parquet`;

const card = (splits: Splits): string =>
  [
    '---',
    'configs:',
    '- config_name: default',
    '  data_files:',
    ...splits.flatMap(([name]) => [`  - split: ${JSON.stringify(name)}`, `    path: ${JSON.stringify(fileOf(name))}`]),
    '---',
    '',
    ...splits.map(([name, rows]) => `- ${name}: ${rows} rows`),
    '',
  ].join('\n');
