import { resolve } from 'node:path';
import { isFile, watchFiles } from '../disk.js';
import type { Opened } from './opened.js';
import { onAbort } from './stop.js';

/** The files whose edits may invalidate something: those of the pipeline, and those that its sources name. */
export function watchedFiles({ file, graph }: Opened): string[] {
  const named = graph.stages
    .filter(({ kind }) => kind.work.is === 'whole' && kind.work.world)
    .flatMap(({ config }) => textsIn(config))
    .map((text) => resolve(file.base, text))
    .filter(isFile);
  return [...new Set([...file.inputs, file.file, ...named])];
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return value.length < 4096 ? [value] : [];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.values(value).slice(0, 1000).flatMap(textsIn);
};

const QUIET_MS = 120;

/** Resolves at the first change, once the writing has come to rest. */
export const nextChange = (files: readonly string[], stop: AbortSignal): Promise<readonly string[]> =>
  new Promise((done) => {
    const seen = new Set<string>();
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      close();
      clearTimeout(timer);
      done([...seen]);
    };
    const close = watchFiles(files, (file) => {
      seen.add(file);
      clearTimeout(timer);
      timer = setTimeout(end, QUIET_MS);
    });
    onAbort(stop, end);
  });
