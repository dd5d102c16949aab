import type { Batch, Kind, PartResult, WholeContext } from '@millrace/core';
import { BadRows } from './bad-rows.js';
import { MOST_LINE, type ReadOptions } from './bounds.js';
import type { Resolved } from './declared.js';
import { changedSince, digestOf, isFolder, placeOf } from './disk.js';
import { type Format, readAs } from './formats.js';
import { KEEP, type Tabular } from './reading.js';

export type OnBadRow = 'stop' | 'skip';

export interface FileConfig {
  /** For finding the file; its content is in the key, the path is not. */
  readonly path: string;
  readonly format: Format;
  readonly declared: Resolved | undefined;
  readonly onBadRow: OnBadRow;
}

/** What of a file's config is in the key. */
export const semanticOf = ({ format, declared, onBadRow }: Omit<FileConfig, 'path'>) => ({
  format,
  ...declared,
  // Without a header the order of the columns says which cell is which.
  ...(format.is === 'csv' && !format.header && declared && { order: Object.keys(declared.columns) }),
  onBadRow,
});

export const partsOf = ({ onBadRow }: Pick<FileConfig, 'onBadRow'>): Record<string, 'table' | 'value'> =>
  onBadRow === 'skip' ? { main: 'table', skipped: 'value' } : { main: 'table' };

export const columnsKnown = ({ format, declared }: Omit<FileConfig, 'path'>) => ({
  main: declared?.columns ?? (format.is === 'text' ? { [format.into]: 'text' as const } : undefined),
});

async function fileAt(path: string, base: string): Promise<string> {
  const place = placeOf(path, base);
  if (!(await isFolder(place))) return place;
  throw new Error(
    `${place} is a folder, and this source reads one file. Name the file, or read the folder with source.files or, where a data set was saved there, source.hf.`,
  );
}

/** A file as a table. */
export const fileKind: Kind<FileConfig, ReadOptions> = {
  name: 'source',
  version: 2,
  nature: 'pure',
  label: ({ path }) => path,
  semantic: semanticOf,
  work: {
    is: 'whole',
    foreseeable: 'complete',
    parts: partsOf,
    columns: columnsKnown,
    world: async ({ path }, _, look) => ({ digest: await digestOf(await fileAt(path, look.base), look) }),
    run: (context) =>
      runFile(context, {
        path: placeOf(context.config.path, context.base),
        name: context.config.path,
        digest: (context.world as { digest: string }).digest,
      }),
  },
};

export interface Located {
  readonly path: string;
  /** As people know it. */
  readonly name: string;
  readonly digest: string;
}

type Context = Pick<WholeContext<Omit<FileConfig, 'path'>, ReadOptions>, 'config' | 'options' | 'note' | 'facts'>;

export async function runFile(context: Context, file: Located): Promise<Record<string, PartResult>> {
  const { config } = context;
  const { maxLineBytes: most = MOST_LINE } = context.options;
  const bad = new BadRows(file.name, config.onBadRow === 'skip');
  const table = await readAs(config.format, { path: file.path, declared: config.declared, bad, keep: KEEP, most });
  const main = {
    rows: watched(table, async () => {
      await refuseChanged(file);
      if (bad.sentence) context.note(bad.sentence);
      if (config.onBadRow === 'skip') context.facts({ skipped: bad.count });
    }),
    columns: table.columns,
  };
  if (config.onBadRow !== 'skip') return { main };
  // Read after the rows are stored, when the count is known.
  return {
    main,
    skipped: {
      get value() {
        return bad.count;
      },
    },
  };
}

/** `done` also when only the first rows are wanted, but not over another error. */
async function* watched({ batches }: Tabular, done: () => Promise<void>): AsyncGenerator<Batch> {
  let broke = false;
  try {
    yield* batches;
  } catch (error) {
    broke = true;
    throw error;
  } finally {
    if (!broke) await done();
  }
}

/** The key says what was looked at; rows of anything else must not stand under it. */
export async function refuseChanged({ path, name, digest }: Located): Promise<void> {
  if (await changedSince(path, digest))
    throw new Error(
      `${name} changed while it was read: its rows would be remembered as those of its earlier content. Nothing was stored. Run again when it is no longer written to.`,
    );
}
