import { secret } from '@millrace/core';
import type { Field, Fields } from '@millrace/stages';
import { spelled } from '../render/spelling.js';
import { type At, BAD, bad, ENV, FUNCTION, FunctionRef, said } from './checking.js';
import { described, expected, hasShape } from './described.js';
import type { Say } from './fill.js';
import { checkModel } from './model-field.js';
import { isRecord } from './record.js';

/** A value against what a setting may be; the value that the stage gets, or BAD. */
function checkField(field: Field, value: unknown, at: At): unknown {
  const { path, checking } = at;
  if (
    typeof value === 'string' &&
    ENV.test(value) &&
    field.is !== 'secret' &&
    field.is !== 'either' &&
    field.is !== 'model'
  )
    return bad(
      at,
      `${value} is a secret, and this is part of the key and of pages. Only options such as apiKey take secrets.`,
    );
  switch (field.is) {
    case 'text':
    case 'column':
    case 'new column':
      if (typeof value !== 'string') return bad(at, expected(field, value));
      if (field.is === 'text' && field.oneOf && !field.oneOf.includes(value))
        return bad(at, `${said(value)} is not one of its values. ${spelled(value, field.oneOf, 'It may be')}`);
      return value;
    case 'number':
    case 'int':
      return checkNumber(field, value, at);
    case 'flag':
      return typeof value === 'boolean' ? value : bad(at, expected(field, value));
    case 'function':
      return checkFunction(value, at);
    case 'model':
      return checkModel(value, at, checkFields);
    case 'path':
      return checkPath(value, at);
    case 'secret': {
      const name = typeof value === 'string' ? ENV.exec(value)?.[1] : undefined;
      return name
        ? secret.env(name)
        : bad(at, `A secret does not stand in a file. Write \${env:NAME} and set NAME in the environment.`);
    }
    case 'any':
      return value;
    case 'list':
      if (!Array.isArray(value)) return bad(at, expected(field, value));
      return all(value.map((each, i) => checkField(field.of, each, { path: [...path, i], checking })));
    case 'record':
      if (!isRecord(value)) return bad(at, expected(field, value));
      return record(
        Object.entries(value).map(([name, each]) => [
          name,
          checkField(field.of, each, { path: [...path, name], checking }),
        ]),
      );
    case 'object':
      return isRecord(value)
        ? checkFields(field.fields, value, { ...at, what: 'it' })
        : bad(at, expected(field, value));
    case 'either':
      return checkEither(field.of, value, at);
  }
}

const all = (values: unknown[]): unknown => (values.includes(BAD) ? BAD : values);

const record = (entries: (readonly [string, unknown])[]): unknown =>
  entries.some(([, value]) => value === BAD) ? BAD : Object.fromEntries(entries);

/** Every setting of a set: unknown names, missing ones, values. */
export function checkFields(
  fields: Fields,
  given: Record<string, unknown>,
  at: At & { readonly what: string; readonly options?: Fields },
): unknown {
  const { path, checking, what, options = {} } = at;
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const here = { path: [...path, name], checking };
    if (field) entries.push([name, checkField(field, value, here)]);
    else if (Object.hasOwn(options, name))
      entries.push([name, bad(here, `${name} of ${what} is an option. Write options: { ${name}: … } there.`, 'key')]);
    else
      entries.push([name, bad(here, `${what} has no ${name}. ${spelled(name, Object.keys(fields), 'It has')}`, 'key')]);
  }
  for (const [name, field] of Object.entries(fields))
    if (field.required && given[name] === undefined)
      entries.push([name, bad(at, `${what} needs ${name}: ${field.describe}`, 'key')]);
  return record(entries);
}

function checkNumber(field: Extract<Field, { min?: number }>, value: unknown, at: At): unknown {
  if (typeof value !== 'number' || (field.is === 'int' && !Number.isInteger(value)))
    return bad(at, expected(field, value));
  const { min = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = field;
  return value >= min && value > above && value <= max ? value : bad(at, expected(field, value));
}

function checkFunction(value: unknown, at: At): unknown {
  const [, file, name = 'default'] = (typeof value === 'string' ? FUNCTION.exec(value) : undefined) ?? [];
  if (file === undefined) return bad(at, expected({ is: 'function', describe: '' }, value));
  const full = at.checking.code(file);
  return typeof full === 'string' ? new FunctionRef(full, name, at.path) : bad(at, full.message);
}

function checkPath(value: unknown, at: At): unknown {
  if (typeof value !== 'string') return bad(at, expected({ is: 'path', describe: '' }, value));
  if (/^([a-z][a-z0-9+.-]*:\/\/|\/)/i.test(value)) return value;
  const full = at.checking.data(value);
  return typeof full === 'string' ? at.checking.fromBase(full) : bad(at, full.message);
}

/** The first that fits; where none does, what the one of its shape says. */
function checkEither(of: readonly Field[], value: unknown, at: At): unknown {
  const shaped = of.filter((field) => field.is !== 'any' && hasShape(field, value));
  const tried = shaped.length ? shaped : of.filter((field) => field.is === 'any');
  let first: (() => unknown) | undefined;
  for (const field of tried) {
    const said: Parameters<Say>[] = [];
    const made = checkField(field, value, {
      path: at.path,
      checking: { ...at.checking, say: (...wrong) => said.push(wrong) },
    });
    if (made !== BAD) return made;
    first ??= () => {
      for (const wrong of said) at.checking.say(...wrong);
      return BAD;
    };
  }
  return first ? first() : bad(at, `${said(value)} does not fit here. Expected ${of.map(described).join(' or ')}.`);
}
