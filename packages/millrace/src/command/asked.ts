import type { RunAsked } from '@millrace/core';
import type { Opened } from './opened.js';
import type { Line } from './parse.js';
import { checkRunName } from './runs.js';

/** The outputs that are all that is wanted. */
export const namedOnly = (line: Line): readonly string[] | undefined =>
  line.words.length === 0 || line.has('force') || line.has('from') ? undefined : line.words;

/** The stages of a matrix stand behind its name, where no output has it. */
export const namesIn = (words: readonly string[], { graph, file }: Pick<Opened, 'graph' | 'file'>): string[] =>
  words.flatMap((word) => (graph.outputs.has(word) ? [word] : (file.groups.get(word) ?? [word])));

/** What the flags of `run` and `plan` ask for. Names behind `--force` are what is forced, not all that is wanted. */
export function runAsked(line: Line, opened: Pick<Opened, 'graph' | 'file'>): RunAsked {
  const { graph } = opened;
  const words = line.words.length ? namesIn(line.words, opened) : undefined;
  const all = [...new Set(graph.names.values())];
  /** An output goes by its own name, its stage perhaps by another. */
  const stageName = (word: string) => {
    const ref = graph.outputs.get(word);
    return (ref && graph.names.get(ref.stage)) ?? word;
  };
  return {
    ...(line.has('force') ? { force: words ?? all, forceBelow: line.has('below') } : { only: words }),
    from: line.has('from') ? line.texts('from').map(stageName) : undefined,
    rows: line.number('rows'),
    name: checkRunName(line.text('name')),
    retryFailed: line.has('retry-failed'),
    keepGoing: line.has('keep-going'),
    stages: line.number('stages'),
    concurrency: line.number('concurrency'),
    maxCalls: line.number('max-calls'),
    maxCost: line.number('max-cost'),
  };
}
