import { join } from 'node:path';
import {
  type Columns,
  digestValue,
  type Facts,
  filesOf,
  matchesGlob,
  type PartResult,
  type Row,
  type WholeContext,
} from '@millrace/core';
import { type Convert, fromJson, parserFor } from '../source/from-json.js';
import type { OutputSpecs, Parsed } from './config.js';
import { exists, freshLook, makeFolder, notKept, readText, rowsIn } from './disk.js';
import type { End } from './end.js';
import { type FolderSpec, type JsonlSpec, type OutputSpec, placeOf } from './outputs.js';

type Context = Pick<WholeContext<Parsed, object>, 'config' | 'facts' | 'note'>;

/** The outputs of a program that ended well, as they lie in its work folder. */
export async function collect(
  { config: { outputs, params }, facts, note }: Context,
  end: End,
): Promise<Record<string, PartResult>> {
  const parts: Record<string, PartResult> = {};
  for (const [part, spec] of Object.entries(outputs)) {
    const at = join(end.work, placeOf(part, spec).path);
    if (!(await exists(at)))
      throw new Error(
        `The program ended well but left no ${part} at ${placeOf(part, spec).path}. Nothing counts: let it write there, or correct the output's path.`,
      );
    parts[part] = await resultOf(spec, at, end);
    const odd = 'folder' in parts[part] ? await notKept(at) : [];
    if (odd.length)
      note(`Of ${part} this is not kept: ${odd.slice(0, 5).join(', ')}. Only files are; let the program write those.`);
  }
  facts({ ...params, ...valuesOf(parts) });
  const log = join(end.work, 'log');
  await makeFolder(log);
  return { ...parts, log: { folder: log, notContent: ['**'] } };
}

/** The digest of all that is taken over, as it lies there now. */
export async function leftIn(outputs: OutputSpecs, work: string): Promise<string> {
  const { file: read } = freshLook(work);
  const left: Record<string, unknown> = {};
  for (const [part, spec] of Object.entries(outputs)) {
    const { is, path } = placeOf(part, spec);
    const files = is === 'folder' ? await filesOf(join(work, path)) : [{ path: '', from: path, executable: false }];
    const found: unknown[] = [];
    for (const file of files) found.push([file.path, (await read(file.from)).digest, file.executable]);
    left[path] = found;
  }
  return digestValue(left);
}

/** What an output must have is a check of what is there, and no reason to make it again. */
export async function refuseIncomplete(outputs: OutputSpecs, work: string): Promise<void> {
  for (const [part, spec] of Object.entries(outputs)) {
    const essential = (typeof spec === 'object' && 'folder' in spec && spec.essential) || [];
    const files = essential.length ? await filesOf(join(work, placeOf(part, spec).path)) : [];
    const absent = essential.filter((pattern) => !files.some(({ path }) => matchesGlob(path, pattern)));
    if (absent.length)
      throw new Error(
        `The program ended well, but its output ${part} is not complete: ${absent.join(', ')} missing among ${files.length} files. Nothing of it counts yet. If the list of what is essential is wrong, correct it and run again: what the program left is taken over then. If the program is, force the stage to run it anew.`,
      );
  }
}

async function resultOf(spec: OutputSpec, at: string, end: End): Promise<PartResult> {
  if (spec === 'folder' || 'folder' in spec) {
    const { essential, notContent }: Partial<FolderSpec> = spec === 'folder' ? {} : spec;
    return { folder: at, ...(essential && { essential }), ...(notContent && { notContent }) };
  }
  if ('jsonl' in spec) return { rows: read(at, end, spec), ...(spec.columns && { columns: spec.columns as Columns }) };
  return { value: parsed(await readText(at), at) };
}

/** A file that is no rows is none the next time either: the program has to run again. */
async function* read(at: string, end: End, { columns, jsonColumns = [] }: JsonlSpec): AsyncGenerator<Row[]> {
  const types = (columns ?? {}) as Columns;
  const converts = Object.entries(types).flatMap(([name, type]) => {
    const convert = fromJson(type, jsonColumns.includes(name));
    return convert ? [{ name, convert }] : [];
  });
  try {
    for await (const rows of rowsIn(at, parserFor(types))) yield rows.map((row) => converted(row, converts, at));
  } catch (error) {
    await end.forget();
    throw error;
  }
}

interface Converts {
  readonly name: string;
  readonly convert: Convert;
}

/** Values as their columns take them: dates, timestamps, bytes and large whole numbers stand in JSON as text. */
function converted(row: Row, converts: readonly Converts[], at: string): Row {
  if (converts.length === 0) return row;
  const made: Record<string, unknown> = { ...row };
  for (const { name, convert } of converts) {
    if (made[name] === null || made[name] === undefined) continue;
    try {
      made[name] = convert(made[name]);
    } catch (error) {
      throw new Error(`${at}: column ${name}: ${(error as Error).message}. Nothing of the output counts.`);
    }
  }
  return made;
}

function parsed(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(
      `${at} is no JSON: ${(error as Error).message}. Nothing of the output counts; let the program write it whole.`,
    );
  }
}

/** Numbers and words of its values, for people: `accuracy 0.93`. */
function valuesOf(parts: Readonly<Record<string, PartResult>>): Facts {
  const said: Record<string, unknown> = {};
  for (const [part, result] of Object.entries(parts)) {
    if (!('value' in result)) continue;
    const { value } = result;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) said[part] = value;
    else for (const [name, inner] of Object.entries(value)) if (typeof inner !== 'object') said[name] = inner;
  }
  return said;
}
