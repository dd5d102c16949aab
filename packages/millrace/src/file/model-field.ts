import type { Fields } from '@millrace/stages';
import { type ModelConfig, type ModelOptions, model } from '@millrace/stages';
import { type At, BAD, bad } from './checking.js';
import { MODEL_CONFIG, MODEL_OPTIONS } from './model-fields.js';
import { isRecord } from './record.js';

type CheckFields = (
  fields: Fields,
  given: Record<string, unknown>,
  at: At & { readonly what: string; readonly options?: Fields },
) => unknown;

/** `openai/gpt-4o-mini`, or `{ name: …, temperature: 0, options: { requestsPerMinute: 500 } }`. */
export function checkModel(value: unknown, at: At, checkFields: CheckFields): unknown {
  const given = typeof value === 'string' ? { name: value } : value;
  if (!isRecord(given) || typeof given['name'] !== 'string')
    return bad(at, 'A model is a name, or { name, …config, options }. Write model: openai/gpt-4o-mini.');
  const { name, options = {}, ...config } = given;
  const known = checkFields(MODEL_CONFIG, config, { ...at, what: 'a model', options: MODEL_OPTIONS });
  const effort = isRecord(options)
    ? checkFields(MODEL_OPTIONS, options, {
        path: [...at.path, 'options'],
        checking: at.checking,
        what: "a model's options",
      })
    : bad({ ...at, path: [...at.path, 'options'] }, 'Options are a set of names and values.');
  if (known === BAD || effort === BAD) return BAD;
  try {
    return model(name as string, known as ModelConfig, effort as ModelOptions);
  } catch (error) {
    return bad(at, (error as Error).message);
  }
}
