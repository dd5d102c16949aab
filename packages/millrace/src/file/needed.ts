import type { FileSet } from './merge.js';
import { textsNamed } from './outputs.js';
import { type FileStage, sourcesIn } from './stages.js';

interface Written {
  readonly set: FileSet;
  readonly stages: ReadonlyMap<string, FileStage>;
}

/** The stages that some words mean, and all that stand above them. Undefined where a word means none. */
export function neededFor(words: readonly string[], { set, stages }: Written): ReadonlySet<string> | undefined {
  const needed = new Set<string>();
  const add = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    const stage = stages.get(name);
    for (const text of stage ? sourcesIn(stage) : []) add(headOf(text));
  };
  for (const word of words) {
    const roots = [word, ...textsNamed(word, set)].map(headOf).filter((name) => set.stages.has(name));
    if (roots.length === 0) return undefined;
    for (const name of roots) add(name);
  }
  return needed;
}

/** Dots and brackets stand in no name of a stage. */
const headOf = (text: string): string => /^[^.[]*/.exec(text)?.[0] ?? '';
