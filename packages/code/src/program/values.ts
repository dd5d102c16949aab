import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Look, lookInto } from '../bundle/values.js';
import { realPath } from '../disk.js';
import type { Analysis } from '../reach/analysis.js';
import type { Module, Unit } from '../reach/module.js';
import { isGenerated, placeOf, writtenName } from '../reach/place.js';
import { isSettled } from '../reach/settled.js';

/** A name at the top of a file, with what it is in the program and where functions run from their own code. */
export interface Value {
  /** As the user wrote it: `state (lib/state.ts:3)`. */
  readonly spoken: () => { readonly name: string; readonly place: string };
  /** Of the file of the bundle. */
  readonly address: string;
  /** The name that the bundle has for it. */
  readonly word: string;
  readonly own: unknown;
}

/** Names at the top of files, file by file. */
export type Names = readonly (readonly { readonly unit: Unit; readonly word: string }[])[];

/** The names at the top of a file of the bundle. */
export interface Top {
  readonly address: string;
  readonly words: readonly string[];
  readonly look: Look;
}

/** Of all files of the program that are loaded. */
export const topsOf = ({ universe, folder }: Analysis): Top[] =>
  [...universe.modules.values()].flatMap((module) => {
    const address = addressOf(module, folder);
    const look = address === undefined ? undefined : lookInto(address);
    return address !== undefined && look ? [{ address, words: module.units.flatMap(wordsOf), look }] : [];
  });

/** What the names are in the own code of some functions: those whose value follows from the user's code. */
export const valuesOf = (names: Names, values: readonly (readonly unknown[])[], analysis: Analysis): Value[] =>
  names.flatMap((its, file) =>
    its.flatMap(({ unit, word }, at) => {
      const address = addressOf(unit.module, analysis.folder);
      if (address === undefined || !isSettled(unit, analysis)) return [];
      return [{ spoken: () => spoken(unit, word, analysis), address, word, own: values[file]?.[at] }];
    }),
  );

const spoken = (unit: Unit, word: string, { universe }: Analysis) => {
  const { file, line } = placeOf(unit, universe.root);
  return {
    name: writtenName({ module: unit.module, node: identifierOf(unit, word) }, word),
    place: `${file}:${line}`,
  };
};

const addresses = new WeakMap<Module, string>();

const addressOf = (module: Module, folder: string | undefined): string | undefined => {
  const known = addresses.get(module);
  if (known !== undefined || folder === undefined) return known;
  const file = realPath(join(folder, module.name));
  if (file !== undefined) addresses.set(module, pathToFileURL(file).href);
  return addresses.get(module);
};

/** Names that hold a value of the user's. */
export const wordsOf = ({ kind, declared, bindings, module }: Unit): string[] =>
  kind === 'statement' || declared
    ? []
    : bindings.filter((binding) => !isGenerated(binding, module)).map(({ name }) => name);

const identifierOf = ({ bindings, node }: Unit, word: string) =>
  bindings.find(({ name }) => name === word)?.identifiers[0] ?? node;
