import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import { cacheFolder } from '../process.js';
import { callError } from './failure.js';
import type { Model, ModelFacts } from './model.js';

/** Looks at what only the disk knows of a model; a caller that keeps digests of folders may say the folder's itself. */
export async function surveyModel(model: Model, weights?: string | DigestOf): Promise<ModelFacts> {
  if (model.config.adapter !== 'local') return {};
  const runtime = await runtimeVersion();
  if (model.config.weights.from === 'hub') return { runtime };
  return { runtime, weights: typeof weights === 'string' ? weights : await folderDigest(folderOf(model), weights) };
}

/** Absolute and with `/`, as the runtime wants it. */
export const folderOf = (model: Model): string =>
  resolve(model.options.folder ?? '.')
    .split(sep)
    .join('/');

export const cacheOf = (model: Model): string => model.options.cache ?? cacheFolder('models', 'cache');

const INSTALL = 'Install it: npm install @huggingface/transformers';

/** A runtime of another version may round differently, so it is part of what a local model is. */
async function runtimeVersion(): Promise<string> {
  const { name, version } = JSON.parse(await readFile(await runtimeManifest(), 'utf8')) as {
    name: string;
    version: string;
  };
  return `${name}@${version}`;
}

async function runtimeManifest(): Promise<string> {
  try {
    const main = createRequire(import.meta.url).resolve('@huggingface/transformers');
    return join(main.slice(0, main.lastIndexOf(`${sep}dist${sep}`)), 'package.json');
  } catch {
    throw callError(
      'not-found',
      `Local models are computed by @huggingface/transformers, which is not installed. ${INSTALL}`,
    );
  }
}

/** 32 hex digits of a file's sha256; a caller that knows digests by stat gives its own. */
export type DigestOf = (file: string) => Promise<string>;

/** Content of a folder: names and bytes of its files, hidden ones aside. Links are followed: hub caches are made of them. */
export async function folderDigest(folder: string, digestOf: DigestOf = fileDigest): Promise<string> {
  const files = (await filesOf(folder)).map((file) => ({ file, name: relative(folder, file).split(sep).join('/') }));
  if (files.length === 0)
    throw callError(
      'not-found',
      `There is no model in ${folder}: the folder is missing or empty. Put the model there, or say where it is with the option folder.`,
    );
  const hash = createHash('sha256');
  for (const { file, name } of files.sort((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`${JSON.stringify(name)} ${await digestOf(file)}\n`);
  return `sha256-${hash.digest('hex')}`;
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const visible = names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name));
  const found = await Promise.all(
    visible.map(async (path) => ((await stat(path)).isDirectory() ? filesOf(path) : [path])),
  );
  return found.flat();
}

async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex').slice(0, 32);
}
