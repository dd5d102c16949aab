import type { FileMistakes, Path, Span } from './mistakes.js';

/** The plain value of a file, and where each of its parts stands. */
export interface Parsed {
  readonly value: unknown;
  readonly problems: readonly FileMistakes[];
  readonly at: (path: Path, on: 'key' | 'value') => Span | undefined;
}
