import type { Handle } from '@millrace/core';
import type { Fields } from './fields.js';

/** A stage as pipeline files know it. Each stage's folder exports one; `registry.ts` lists them. */
export interface StageEntry {
  /** The key in a file: `generate: questions`. */
  readonly name: string;
  readonly describe: string;
  /** What stands behind that key: an input's role, or a field of the config. */
  readonly own: { readonly input: string } | { readonly field: string };
  readonly inputs: { readonly [role: string]: InputField };
  /** Changes the answer: in the key. */
  readonly config: Fields;
  /** Changes only how it is got: in no key. `options:` in a file. The engine's own options need not be repeated. */
  readonly options: Fields;
  /** Settings that only code can give: handles, what a function uses, the folder of a model. */
  readonly code?: readonly string[];
  readonly build: (given: Given) => Handle;
}

export interface InputField {
  /** `named`: any number, by names of the stage's own, as in `inputs: { data: questions }`. */
  readonly is: 'table' | 'folder' | 'value' | 'any' | 'tables' | 'named';
  readonly describe: string;
  readonly optional?: true;
}

export interface Given {
  readonly inputs: { readonly [role: string]: Handle | readonly Handle[] | Readonly<Record<string, Handle>> };
  readonly config: { readonly [name: string]: unknown };
  readonly options: { readonly [name: string]: unknown };
}
