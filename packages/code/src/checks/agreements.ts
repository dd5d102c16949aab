import { appendLine, readText } from '../disk.js';

/** How often a function was found to answer as it was imported, for one state of the files. */
export interface Agreements {
  readonly of: (digest: string) => number;
  readonly add: (digest: string, calls: number) => void;
}

/** A line for each run that called it; a torn one counts for nothing. Without a file they last as long as the process. */
export const agreementsIn = (file: string | undefined): Agreements => {
  const known = new Map<string, number>();
  const count = (digest: string, calls: number) => void known.set(digest, (known.get(digest) ?? 0) + calls);
  for (const line of (file ? (readText(file) ?? '') : '').split('\n')) {
    const [, digest, calls] = /^(\w+) (\d+)$/.exec(line) ?? [];
    if (digest) count(digest, Number(calls));
  }
  return {
    of: (digest) => known.get(digest) ?? 0,
    add: (digest, calls) => {
      count(digest, calls);
      if (file) appendLine(file, `${digest} ${calls}`);
    },
  };
};
