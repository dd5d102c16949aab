import { isUtf8 } from 'node:buffer';
import { type Kind, type Look, matchesGlob, type Plain, type Row, type WholeContext } from '@millrace/core';
import { MOST_LINE, type ReadOptions, refuseUtf16, tooLong } from './bounds.js';
import { bytesOfFile, digestOf, filesBelow, isFolder, placeOf, sizeOf, within } from './disk.js';
import { refuseChanged } from './file.js';

export interface FilesConfig {
  // A folder, or a glob such as docs/**/*.md.
  readonly path: string;
  readonly as: 'text' | 'binary';
  /** The column that holds the content. */
  readonly into: string;
  /** A column for the file's path below the folder. Only then are names content. */
  readonly name: string | undefined;
}

type Context = WholeContext<FilesConfig, ReadOptions>;

/** A row for each file of a folder or a glob, by path. */
export const filesKind: Kind<FilesConfig, ReadOptions> = {
  name: 'files',
  version: 1,
  nature: 'pure',
  label: ({ path }) => path,
  semantic: ({ as, into, name }) => ({ as, into, name }),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    parts: () => ({ main: 'table' }),
    columns: (config) => ({ main: columnsOf(config) }),
    world: (config, _, look) => lookAt(config, look),
    run: async (context) => ({ main: { rows: rowsOf(context), columns: columnsOf(context.config) } }),
  },
};

const columnsOf = ({ as, into, name }: FilesConfig) => ({
  ...(name !== undefined && { [name]: 'text' as const }),
  [into]: as,
});

async function lookAt({ path, name }: FilesConfig, look: Look): Promise<Plain> {
  look.inside(startOf(placeOf(path, look.base)));
  const { folder, files } = await find(placeOf(path, look.base), path);
  const seen: Plain[] = [];
  for (const file of files) {
    const digest = await digestOf(within(folder, file), look);
    seen.push(name === undefined ? digest : { name: file, digest });
  }
  return seen;
}

const BATCH_BYTES = 8 << 20;

async function* rowsOf({ config, base, world, options }: Context): AsyncGenerator<Row[]> {
  const { folder, files } = await find(placeOf(config.path, base), config.path);
  const seen = world as readonly (string | { readonly digest: string })[];
  if (files.length !== seen.length) throw changed(config.path);
  const { maxLineBytes: most = MOST_LINE } = options;
  let rows: Row[] = [];
  let bytes = 0;
  for (const [i, file] of files.entries()) {
    if ((await sizeOf(within(folder, file))) > most) throw tooLong(file, 'the file, which is one cell,', most);
    const { row, size } = await rowOf(config, within(folder, file), file);
    const one = seen[i] as (typeof seen)[number];
    await refuseChanged({ path: within(folder, file), name: file, digest: typeof one === 'string' ? one : one.digest });
    rows.push(row);
    bytes += size;
    if (bytes < BATCH_BYTES) continue;
    yield rows;
    rows = [];
    bytes = 0;
  }
  yield rows;
}

async function rowOf({ as, into, name }: FilesConfig, path: string, file: string): Promise<{ row: Row; size: number }> {
  const bytes = await bytesOfFile(path);
  if (as === 'text') refuseUtf16(bytes, file);
  if (as === 'text' && !isUtf8(bytes))
    throw new Error(
      `${file} is not UTF-8, so that it is no text. Nothing was stored. Save it as UTF-8, leave it out of the glob, or say as: 'binary'.`,
    );
  const content = as === 'text' ? bytes.toString('utf8').replace(/^\ufeff/, '') : Uint8Array.from(bytes);
  return { row: { ...(name !== undefined && { [name]: file }), [into]: content }, size: bytes.length };
}

const changed = (path: string): Error =>
  new Error(`Files came or went in ${path} while it was read. Nothing was stored. Run again when it is at rest.`);

const WILD = /[*?{}]/;

/** The folder that a glob starts from, and the files in it that match, by path. */
async function find(full: string, shown: string): Promise<{ folder: string; files: string[] }> {
  if (!WILD.test(full)) {
    if (await isFolder(full)) return { folder: full, files: await filesBelow(full) };
    throw new Error(
      `${shown} is no folder, so that there are no files in it. Give a folder, or a glob such as 'docs/**/*.md'; for one file there is source.text.`,
    );
  }
  const folder = startOf(full);
  const patterns = choicesOf(full.slice(folder === '/' ? 1 : folder.length + 1));
  if (!(await isFolder(folder)))
    throw new Error(
      `${shown} looks into ${folder}, which is no folder. Correct the path; relative ones start at the project.`,
    );
  return { folder, files: (await filesBelow(folder)).filter((file) => patterns.some((one) => matchesGlob(file, one))) };
}

/** The folder that a pattern looks into; a path without wild cards is its own. */
function startOf(full: string): string {
  const parts = full.split('/');
  const wild = parts.findIndex((part) => WILD.test(part));
  return wild < 0 ? full : parts.slice(0, wild).join('/') || '/';
}

/** A pattern for each choice of its `{a,b}`. */
function choicesOf(pattern: string): string[] {
  const [whole, inner = ''] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  const all = inner.split(',').flatMap((one) => choicesOf(pattern.replace(whole, () => one)));
  if (all.length <= MOST_CHOICES) return all;
  throw new Error(
    `The pattern ${pattern} has more than ${MOST_CHOICES} choices. Name the folder, or write fewer {a,b}.`,
  );
}

const MOST_CHOICES = 1000;
