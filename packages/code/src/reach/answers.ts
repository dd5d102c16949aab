import type { CodePlace, CodeRefusal, CodeUnit } from '@millrace/core';
import type { PackageLead } from '../bundle/edges.js';
import { appendLine, readText } from '../disk.js';

/** What was found out about one function, before what its author declared is weighed. */
export type Answer = { readonly refused: CodeRefusal } | { readonly slice: KeptSlice };

export interface KeptSlice {
  readonly digest: string;
  /** What 0.1 had in its place, where that is another one. */
  readonly former?: string;
  /** The file that the function stands in. */
  readonly home: string;
  readonly units: readonly CodeUnit[];
  readonly packages: readonly PackageLead[];
  readonly mentions: readonly number[];
  readonly beside: readonly PackageLead[];
  readonly formats: boolean;
  readonly reads: readonly { readonly word: string; readonly name: string; readonly at: CodePlace }[];
  /** Parameters of the pipeline that it reads, or any. */
  readonly params: readonly string[];
  /** Where it reads secrets. */
  readonly secrets: readonly CodePlace[];
}

export interface Answers {
  readonly get: (key: string) => Answer | undefined;
  readonly put: (key: string, answer: Answer) => void;
}

/** Answers about one state of the files, one a line; a torn line is no answer. */
export const answersIn = (file: string): Answers => {
  const known = new Map<string, Answer>();
  for (const line of (readText(file) ?? '').split('\n')) {
    const entry = parse(line);
    if (entry) known.set(...entry);
  }
  const fresh: string[] = [];
  const flush = () => appendLine(file, fresh.splice(0).join('\n'));
  return {
    get: (key) => known.get(key),
    put: (key, answer) => {
      known.set(key, answer);
      // Together, once all functions of a pipeline have been read.
      if (fresh.push(JSON.stringify([key, answer])) === 1) queueMicrotask(flush);
    },
  };
};

const parse = (line: string): [string, Answer] | undefined => {
  try {
    return JSON.parse(line) as [string, Answer];
  } catch {
    return undefined;
  }
};
