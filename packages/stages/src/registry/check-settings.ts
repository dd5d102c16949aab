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
  checkValues(`The stage ${name} is given the option`, asked, options);
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

/** Amounts and choices that the stage itself obeys; the engine checks its own. */
function checkValues(what: string, given: object, fields: Fields): void {
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field || value === undefined) continue;
    const wanted = wantedOf(field, value);
    if (wanted)
      throw new Error(`${what} ${name}: ${String(value)}, which is not ${wanted}. Give that, or leave it out.`);
    if (field.is === 'object' && isRecord(value)) checkValues(`${what} ${name} with`, value as object, field.fields);
  }
}

/** What a value should be; undefined where it fits. */
function wantedOf(field: Field, value: unknown): string | undefined {
  if (field.is === 'text' && field.oneOf && !field.oneOf.includes(value as string))
    return `one of ${field.oneOf.join(', ')}`;
  if (field.is !== 'int' && field.is !== 'number') return undefined;
  const { min = 0 } = field;
  const isOne = field.is === 'int' ? Number.isInteger(value) : typeof value === 'number';
  return isOne && (value as number) >= min
    ? undefined
    : `a ${field.is === 'int' ? 'whole number' : 'number'} of at least ${min}`;
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function innerOf(field: Field | undefined): Fields | undefined {
  if (field?.is === 'object') return field.fields;
  return field?.is === 'either' ? field.of.map(innerOf).find((inner) => inner !== undefined) : undefined;
}
