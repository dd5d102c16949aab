import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CodeAnswer, CodeDeclaration } from '@millrace/core';
import { remove } from '../../../jest/remove.js';
import { loadPipelineFile } from '../src/index.js';
import { makeFunctions } from '../src/make.js';

export type Files = Readonly<Record<string, string>>;

/** Stands in for the framework: a stage is what it was given. */
export const FRAMEWORK: Files = {
  'package.json': '{ "name": "project", "private": true }',
  'node_modules/millrace/package.json':
    '{ "name": "millrace", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/millrace/index.js': `const site = () => /(?:file:\\/\\/)?(\\/[^\\s():]+):\\d+:\\d+/.exec(new Error().stack.split('\\n')[3])?.[1];
export const map = (input, config) => ({ input, site: site(), ...config });
const results = { best: Object.assign([1], { column: async () => [1], rows: async () => [1] }) };
export const pipeline = (stages) => Object.defineProperties(stages, { run: { value: async () => results }, last: { value: async () => results } });
export const source = { jsonl: (path) => ({ path }) };
`,
};

const made: string[] = [];

export const newFolder = () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-code-')));
  made.push(folder);
  return folder;
};

export const removeFolders = () => {
  remove(...made.splice(0));
};

export const write = (folder: string, files: Files) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

export const projectOf = (files: Files) => {
  const folder = join(newFolder(), 'project');
  write(folder, { ...FRAMEWORK, ...files });
  return folder;
};

export interface Stage extends CodeDeclaration {
  /** The file that declares it. */
  readonly site?: string;
  readonly run: (...given: unknown[]) => unknown;
}

/** Loads a file and reads it: ours, or one that is wrong on purpose. */
export type Reader = typeof loadPipelineFile;

export const load = async (folder: string, file: string, reader: Reader = loadPipelineFile) => {
  const loaded = await reader(join(folder, file), {
    makeFunctions,
    cache: join(dirname(folder), 'cache'),
    framework: () => undefined,
  });
  const stages = loaded.module.default as Record<string, Stage>;
  const read = (name: string): CodeAnswer => {
    const { run, uses, version, reads, site = join(folder, file) } = stages[name]!;
    const declared = {
      ...(uses ? { uses } : {}),
      ...(version !== undefined ? { version } : {}),
      ...(reads ? { reads } : {}),
    };
    return loaded.reader.read(run, declared, site);
  };
  return { ...loaded, stages, read };
};

/** Digest of each stage's function; where it is refused, why. */
export const digestsOf = async (
  folder: string,
  file = 'pipeline.ts',
  reader: Reader = loadPipelineFile,
): Promise<Record<string, string>> => {
  const { stages, read } = await load(folder, file, reader);
  return Object.fromEntries(Object.keys(stages).map((name) => [name, said(read(name))]));
};

export const said = (answer: CodeAnswer): string =>
  'code' in answer ? answer.code.digest : `refused: ${answer.refused.why}`;

export const codeIn = (answer: CodeAnswer) => {
  if ('code' in answer) return answer.code;
  throw new Error(`refused: ${JSON.stringify(answer.refused)}`);
};

export const refusalIn = (answer: CodeAnswer) => {
  if ('refused' in answer) return answer.refused;
  throw new Error('it was not refused');
};
