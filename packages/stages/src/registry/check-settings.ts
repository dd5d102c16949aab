import { checkNames } from '@millrace/core';
import { engineOptions } from './engine-options.js';
import type { StageEntry } from './entry.js';
import type { Field, Fields } from './fields.js';

/** What a stage can be told, in files and in code. */
export type Settings = Pick<StageEntry, 'name' | 'config' | 'options' | 'code'>;

/** In a file the fields are checked where they stand; in plain JavaScript nobody else does. */
export function checkSettings({ name, config, options, code = [] }: Settings, given: object, asked: object = {}): void {
  const inCode = fieldsNamed(code);
  const known = { ...engineOptions, ...options, ...inCode };
  const misplaced = Object.keys(asked).find((option) => !Object.hasOwn(known, option) && Object.hasOwn(config, option));
  if (misplaced !== undefined)
    throw new Error(
      `The stage ${name} is given ${misplaced} among its options, but it changes the answer. Give it in the config, the argument before.`,
    );
  checkFields(`The stage ${name} is given`, given, { ...config, ...inCode });
  checkFields(`The stage ${name} is given the option`, asked, known);
}

/** Settings of which only the names are checked. */
export const fieldsNamed = (names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, { is: 'any', describe: name }]));

function checkFields(what: string, given: object, fields: Fields): void {
  checkNames(what, given, Object.keys(fields));
  for (const [name, value] of Object.entries(given)) {
    const inner = isRecord(value) && innerOf(fields[name]);
    if (inner) checkFields(`${what} ${name} with`, value as object, inner);
  }
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function innerOf(field: Field | undefined): Fields | undefined {
  if (field?.is === 'object') return field.fields;
  return field?.is === 'either' ? field.of.map(innerOf).find((inner) => inner !== undefined) : undefined;
}
