import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { AnyFunction } from '@millrace/core';
import { transformSync } from 'esbuild';
import { type Files, FRAMEWORK, load, newFolder, projectOf, said, write } from '../project.js';

export const ROWS = [0, 1, 2, 3, 4, 5];

export type Told = { readonly answers: readonly string[] } | { readonly fails: string };

/** What programs answer that are imported as they are written, in a process without the reader. */
export const plainAnswers = (programs: readonly Files[]): Told[] => {
  const folder = newFolder();
  const script = new URL('plain.mjs', import.meta.url).pathname;
  const folders = programs.map((files, at) => {
    const own = join(folder, `${at}`);
    write(own, { ...FRAMEWORK, ...compiled(files), 'package.json': '{ "type": "module" }' });
    return own;
  });
  const { stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(ROWS), ...folders], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const told = stdout.split('\n').filter(Boolean);
  if (told.length !== programs.length) throw new Error(stderr);
  return told.map((line) => JSON.parse(line) as Told);
};

/** Each file by itself, types taken away. */
const compiled = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name.replace(/\.ts$/, '.js'),
      name.endsWith('.ts') ? transformSync(text, { loader: 'ts', target: 'es2022' }).code : text,
    ]),
  );

export interface Made {
  /** Digest of the function's code, or why it is refused. */
  readonly key: string;
  readonly told: Told | { readonly refused: string };
}

/** Digest of the function's code, or why it is refused. */
export const keyOf = async (files: Files): Promise<string> => {
  try {
    return said((await load(projectOf(files), 'pipeline.ts')).read('out'));
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
};

/** What a program answers that is made of what the key holds, as a stage calls it. */
export const madeAnswers = async (files: Files): Promise<Made> => {
  const loaded = await load(projectOf(files), 'pipeline.ts').catch((error: Error) => ({ fails: error.message }));
  if ('fails' in loaded) return { key: 'none', told: loaded };
  const { reader, read, stages } = loaded;
  const answer = read('out');
  if ('refused' in answer) {
    const { why } = answer.refused;
    return { key: `refused: ${why}`, told: { refused: JSON.stringify(answer.refused) } };
  }
  const key = answer.code.digest;
  try {
    const { functions, close } = await reader.make!({ run: { fn: stages['out']!.run } }, { nature: 'pure' });
    const told = await rowsOf(functions['run']!);
    close();
    return { key, told };
  } catch (error) {
    return { key, told: { refused: (error as Error).message } };
  }
};

const rowsOf = async (run: AnyFunction): Promise<Told | { readonly refused: string }> => {
  const answers: string[] = [];
  for (const x of ROWS)
    try {
      answers.push(JSON.stringify(await run({ x })));
    } catch (error) {
      const { message, failure } = error as Error & { readonly failure?: { readonly everyRow?: boolean } };
      if (failure?.everyRow) return { refused: message };
      answers.push(`throws ${message}`);
    }
  return { answers };
};
