import { checkSettings, Misfit, misfit, type Readers, secret } from '@millrace/core';
import { type ModelConfig, type ModelOptions, model } from '@millrace/stages';
import { type Checking, ENV, FUNCTION, FunctionRef } from './checking.js';
import type { Path } from './mistakes.js';
import { MODEL_CONFIG, MODEL_OPTIONS } from './model-fields.js';
import { isRecord } from './record.js';

/** How a pipeline file writes what code gives as a value. */
export function fileReaders(path: Path, checking: Checking): Readers {
  const readers: Readers = {
    function: (value, at) => functionOf(value, [...path, ...at], checking),
    model: (value, at) => modelOf(value, at, readers),
    path: (value) => pathOf(value, checking),
    secret: secretOf,
    text: refuseSecret,
  };
  return readers;
}

function functionOf(value: unknown, path: Path, checking: Checking): FunctionRef {
  const [, file, name = 'default'] = (typeof value === 'string' ? FUNCTION.exec(value) : undefined) ?? [];
  if (file === undefined) misfit({ is: 'function' }, value);
  return new FunctionRef(found(checking.code(file)), name, path);
}

function pathOf(value: unknown, checking: Checking): string {
  if (typeof value !== 'string') misfit({ is: 'path' }, value);
  refuseSecret(value);
  if (/^([a-z][a-z0-9+.-]*:\/\/|\/)/i.test(value)) return value;
  return checking.fromBase(found(checking.data(value)));
}

function found(path: string | Error): string {
  if (typeof path === 'string') return path;
  throw new Misfit(() => path.message);
}

function secretOf(value: unknown): unknown {
  const name = typeof value === 'string' ? ENV.exec(value)?.[1] : undefined;
  if (name !== undefined) return secret.env(name);
  throw new Misfit(
    (what) =>
      `${what} is a secret, which does not stand in a file. Write \${env:NAME} and set NAME in the environment.`,
  );
}

function refuseSecret(value: string): void {
  if (!ENV.test(value)) return;
  throw new Misfit(
    (what) =>
      `${what} must be no secret such as ${value}: it is part of the key and of pages. Only options such as apiKey take secrets.`,
  );
}

/** `openai/gpt-4o-mini`, or `{ name: …, temperature: 0, options: { requestsPerMinute: 500 } }`. */
function modelOf(value: unknown, path: Path, readers: Readers): unknown {
  const given = typeof value === 'string' ? { name: value } : value;
  if (!isRecord(given) || typeof given['name'] !== 'string') misfit({ is: 'model' }, value);
  const { name, options = {}, ...config } = given;
  if (!isRecord(options)) throw new Misfit((what) => `options of ${what} must be a set of names and values.`);
  const checked = checkSettings(
    { name: 'model', config: MODEL_CONFIG, options: MODEL_OPTIONS },
    { config, options },
    readers,
  );
  if ('wrong' in checked) throw new Misfit(checked.wrong.map((each) => ({ ...each, path: [...path, ...each.path] })));
  try {
    return model(name as string, checked.config as ModelConfig, checked.options as ModelOptions);
  } catch (error) {
    throw new Misfit(() => (error as Error).message);
  }
}
