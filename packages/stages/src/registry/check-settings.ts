import { engineOptions, requireSettings } from '@millrace/core';
import type { StageEntry } from './entry.js';
import type { Fields } from './fields.js';

/** What a stage can be told, in files and in code. */
export type StageSettings = Pick<StageEntry, 'name' | 'config' | 'options' | 'code'>;

/** In a file the settings are checked where they stand; in plain JavaScript nobody else does. */
export function checkSettings({ name, config, options, code = [] }: StageSettings, given: unknown, asked?: unknown) {
  const inCode = fieldsNamed(code);
  const known = { name, config: { ...config, ...inCode }, options: { ...engineOptions, ...options, ...inCode } };
  return requireSettings(known, given, asked);
}

/** Settings of which only the names are checked. */
export const fieldsNamed = (names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, { is: 'any', describe: name }]));
