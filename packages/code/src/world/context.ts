import type { Loading } from './inside/loading.js';
import type { LoopTools } from './inside/rows.js';
import type { ScriptOptions } from './scripts.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Takes what functions print, and the row where it is known. */
export type Log = (level: Level, text: string, row: number | undefined) => void;

/** Where programs are evaluated. */
export interface Context {
  readonly run: (text: string, options: ScriptOptions) => unknown;
  readonly tools: LoopTools & Loading;
  readonly close: () => void;
}
