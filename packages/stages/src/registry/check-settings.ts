import { checkSettings as check, engineOptions } from '@millrace/core';
import type { StageEntry } from './entry.js';
import type { Fields } from './fields.js';

/** What a stage can be told, in files and in code. */
export type Settings = Pick<StageEntry, 'name' | 'config' | 'options' | 'code'>;

/** In a file the fields are checked where they stand; in plain JavaScript nobody else does. */
export function checkSettings({ name, config, options, code = [] }: Settings, given: object, asked: object = {}): void {
  const inCode = fieldsNamed(code);
  const known = { name, config: { ...config, ...inCode }, options: { ...engineOptions, ...options, ...inCode } };
  const checked = check(known, { config: given, options: asked });
  if ('wrong' in checked) throw new Error(checked.wrong.map(({ text }) => text).join('\n'));
}

/** Settings of which only the names are checked. */
export const fieldsNamed = (names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, { is: 'any', describe: name }]));
