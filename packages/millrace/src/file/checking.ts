import type { Say } from './fill.js';
import type { Path } from './mistakes.js';

/** Stands for a function until its module is loaded. */
export class FunctionRef {
  constructor(
    readonly file: string,
    readonly name: string,
    readonly path: Path,
  ) {}
}

export interface Checking {
  readonly say: Say;
  /** What the path of a module in this file means, or why it may not be used. */
  readonly code: (path: string) => string | Error;
  /** The same for the path of data. */
  readonly data: (path: string) => string | Error;
  /** A path as the stages read it: from the first file's folder. */
  readonly fromBase: (full: string) => string;
}

/** `./text.ts#clean` */
export const FUNCTION = /^(\.{1,2}\/[^#]+\.[cm]?[jt]s)(?:#([\w$]+))?$/;

/** `${env:NAME}` */
export const ENV = /^\$\{env:([A-Za-z_]\w*)\}$/;
