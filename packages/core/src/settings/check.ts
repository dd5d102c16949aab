import { didYouMean } from '../declare/nearest.js';
import { Secret } from '../declare/secret.js';
import { missingText, wrongValue } from './describe.js';
import type { Setting, Settings, Shape } from './setting.js';

/** One thing that is wrong: where, and in a sentence what and what now. */
export interface WrongSetting {
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** It is the name that is wrong, not the value. */
  readonly on: 'name' | 'value';
}

/** Shapes that are written in another way in files than in code. */
export type Written = 'function' | 'model' | 'path' | 'secret';

/** Reads values that a language writes in its own way; a misfit is thrown. */
export type Readers = { readonly [shape in Written]: (value: unknown, path: WrongSetting['path']) => unknown } & {
  /** Looks at each text that is none of those. */
  readonly text?: (value: string) => void;
};

/** Code gives the values themselves. */
const CODE_READERS: Readers = {
  function: (value) => (typeof value === 'function' ? value : misfit({ is: 'function' }, value)),
  model: (value) => (typeof value === 'string' || isObject(value) ? value : misfit({ is: 'model' }, value)),
  path: (value) => (typeof value === 'string' ? value : misfit({ is: 'path' }, value)),
  secret: (value) => (typeof value === 'string' || value instanceof Secret ? value : misfit({ is: 'secret' }, value)),
};

/** A value that does not fit: what is wrong in a sentence about the setting, or all that is wrong below it. */
export class Misfit extends Error {
  constructor(readonly wrong: ((what: string) => string) | readonly WrongSetting[]) {
    super('BUG: a misfit is a sentence of its setting.');
  }
}

export function misfit(shape: Shape, value: unknown): never {
  throw new Misfit((what) => wrongValue(what, shape, value));
}

/** Settings of one thing: of a stage, a model, a metric. */
export interface Settled {
  readonly name: string;
  readonly config: Settings;
  readonly options: Settings;
}

/** The values that are meant. It throws all that is wrong, a sentence a line: also what is no set of settings at all. */
export function requireSettings(
  of: Settled,
  config: unknown = {},
  options: unknown = {},
): { readonly config: Values; readonly options: Values } {
  for (const [name, given] of Object.entries({ config, options }))
    if (!isObject(given)) throw new Error(wrongValue(`The ${name} of ${of.name}`, { is: 'object', fields: {} }, given));
  const checked = checkSettings(of, { config: config as object, options: options as object });
  if ('wrong' in checked) throw new Error(checked.wrong.map(({ text }) => text).join('\n'));
  return checked;
}

interface At {
  /** How a message calls it: `sort`, `near of dedupe`. */
  readonly what: string;
  readonly path: WrongSetting['path'];
  readonly readers: Readers;
  readonly wrong: WrongSetting[];
}

export type Checked =
  | { readonly config: Values; readonly options: Values }
  | { readonly wrong: readonly WrongSetting[] };
type Values = Readonly<Record<string, unknown>>;

/** The values that are meant, or all that is wrong with what was given. */
export function checkSettings(
  of: Settled,
  given: { readonly config: object; readonly options: object },
  readers: Readers = CODE_READERS,
): Checked {
  const wrong: WrongSetting[] = [];
  const at = { what: of.name, path: [], readers, wrong };
  const config = checkNamed(of.config, given.config, { ...at, elsewhere: of.options });
  const options = checkNamed(of.options, given.options, { ...at, path: ['options'], elsewhere: of.config });
  return wrong.length ? { wrong } : { config, options };
}

/** Each setting of a set: unknown names, missing ones, values. */
function checkNamed(settings: Settings, given: object, at: At & { readonly elsewhere?: Settings }): Values {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    const path = [...at.path, name];
    if (setting) values[name] = checkValue(setting, value, { ...at, what: `${name} of ${at.what}`, path });
    else at.wrong.push({ path, on: 'name', text: unknownName(name, settings, at) });
  }
  for (const [name, setting] of Object.entries(settings))
    if (setting.required && (given as Readonly<Record<string, unknown>>)[name] === undefined)
      at.wrong.push({ path: at.path, on: 'name', text: missingText(at.what, name, setting) });
  return values;
}

function unknownName(
  name: string,
  settings: Settings,
  { what, elsewhere, path }: At & { readonly elsewhere?: Settings },
): string {
  if (elsewhere && Object.hasOwn(elsewhere, name))
    return path[0] === 'options'
      ? `${name} of ${what} changes the answer, so that it is no option. Write it beside the options, with the config.`
      : `${name} of ${what} is an option: it changes no answer. Write it under options, in code as the argument after the config.`;
  const names = Object.keys(settings);
  const hint = didYouMean(name, names) ?? (names.length ? `There are: ${names.join(', ')}.` : 'There are none.');
  return `${what} has no ${path[0] === 'options' ? 'option' : 'setting'} ${name}. ${hint}`;
}

function checkValue(setting: Setting, value: unknown, at: At): unknown {
  const bad = () => {
    at.wrong.push({ path: at.path, on: 'value', text: wrongValue(at.what, setting, value) });
    return undefined;
  };
  switch (setting.is) {
    case 'text':
      if (typeof value !== 'string' || (setting.oneOf && !setting.oneOf.includes(value))) return bad();
      return read('text', value, at);
    case 'name':
    case 'column':
    case 'new column':
      return isName(value) ? read('text', value, at) : bad();
    case 'columns':
      return isName(value) || (Array.isArray(value) && value.every(isName)) ? value : bad();
    case 'number':
    case 'int':
      return isInRange(setting, value) ? value : bad();
    case 'flag':
      return typeof value === 'boolean' ? value : bad();
    case 'share':
      return isShare(value) ? value : bad();
    case 'any':
      return typeof value === 'string' ? read('text', value, at) : value;
    case 'list':
      return Array.isArray(value)
        ? value.map((each, i) =>
            checkValue(setting.of, each, { ...at, what: `${i} in ${at.what}`, path: [...at.path, i] }),
          )
        : bad();
    case 'record':
      return isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, each]) => [
              name,
              checkValue(setting.of, each, { ...at, what: `${name} in ${at.what}`, path: [...at.path, name] }),
            ]),
          )
        : bad();
    case 'object':
      return isObject(value) ? checkNamed(setting.fields, value, at) : bad();
    case 'either':
      return checkEither(setting, value, at);
    default:
      return read(setting.is, value, at);
  }
}

function read(shape: Written | 'text', value: unknown, at: At): unknown {
  try {
    if (shape !== 'text') return at.readers[shape](value, at.path);
    at.readers.text?.(value as string);
    return value;
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const { wrong } = error;
    at.wrong.push(
      ...(typeof wrong === 'function' ? [{ path: at.path, on: 'value' as const, text: wrong(at.what) }] : wrong),
    );
    return undefined;
  }
}

/** The first that fits; where none does, what the one of its shape says. */
function checkEither(setting: Extract<Setting, { is: 'either' }>, value: unknown, at: At): unknown {
  let closest: readonly WrongSetting[] | undefined;
  for (const each of setting.of) {
    const wrong: WrongSetting[] = [];
    const checked = checkValue(each, value, { ...at, wrong });
    if (wrong.length === 0) return checked;
    if (isOfShape(each, value)) closest ??= wrong;
  }
  at.wrong.push(...(closest ?? [{ path: at.path, on: 'value' as const, text: wrongValue(at.what, setting, value) }]));
  return undefined;
}

/** Tells which alternative was meant. */
function isOfShape(shape: Shape, value: unknown): boolean {
  switch (shape.is) {
    case 'number':
    case 'int':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'record':
    case 'object':
      return isObject(value);
    case 'text':
      return typeof value === 'string' && shape.oneOf === undefined;
    case 'either':
      return shape.of.some((each) => isOfShape(each, value));
    default:
      return false;
  }
}

function isInRange({ is, min, above, max }: Extract<Shape, { readonly min?: number }>, value: unknown): boolean {
  if (typeof value !== 'number' || Number.isNaN(value) || (is === 'int' && !Number.isInteger(value))) return false;
  return (
    (min === undefined || value >= min) && (above === undefined || value > above) && (max === undefined || value <= max)
  );
}

const isShare = (value: unknown): boolean =>
  isInRange({ is: 'int', min: 0 }, value) || /^(100|\d{1,2}(\.\d+)?)%$/.test(String(value));

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
