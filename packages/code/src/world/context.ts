import type { Calls } from './inside/calls.js';
import type { Loading } from './inside/loading.js';

import type { ScriptOptions } from './scripts.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Takes what functions print. */
export type Log = (level: Level, text: string) => void;

/** Where programs are evaluated. */
export interface Context {
  readonly run: (text: string, options: ScriptOptions) => unknown;
  readonly tools: Omit<Calls, 'later'> & Loading;
  readonly close: () => void;
}
