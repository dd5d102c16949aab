import type { Setting, Settings } from './setting.js';

/** Settings with their defaults, in the order of their declaration. One column is a list of one. */
export function parsedSettings(settings: Settings, given: object): Readonly<Record<string, unknown>> {
  const values = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, parsed(setting, values[name] ?? setting.default)]),
  );
}

function parsed(setting: Setting, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (setting.is === 'columns') return typeof value === 'string' ? [value] : value;
  return setting.is === 'object' ? parsedSettings(setting.fields, value as object) : value;
}
