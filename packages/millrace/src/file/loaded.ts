import type { CodeReader, Graph, Store } from '@millrace/core';
import type { StoreAsked } from '../ports.js';

/** What a pipeline file says, whatever it is written in. */
export interface LoadedFile {
  readonly file: string;
  /** Where its relative paths start. */
  readonly base: string;
  /** By name; `default` is the one that is meant when none is named. */
  readonly pipelines: ReadonlyMap<string, Graph>;
  /** Name → the stages that a matrix makes of it. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly asked: StoreAsked;
  readonly code: () => Promise<CodeReader>;
  /** The user's files that went in: what `watch` watches. */
  readonly inputs: readonly string[];
}

/** What the command line changes in a pipeline file. */
export interface Overrides {
  readonly set: readonly string[];
  readonly files: readonly string[];
}

export interface LoadPorts {
  /** The project's root: includes and functions may not lead out of it. */
  readonly root: string;
  /** Folders outside of it that data may be read from. */
  readonly alsoRead?: readonly string[];
  /** The user named the file: its code runs, whoever owns it. */
  readonly named?: boolean;
  /** Stages or outputs that are all that is wanted: what is wrong in a stage that none of them reads is left out. */
  readonly needs?: readonly string[] | undefined;
  /** Where the parsed form of a file is noted, so that the next run need not parse. */
  readonly facts: () => Pick<Store, 'fact' | 'putFact'>;
}
