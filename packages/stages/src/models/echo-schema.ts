import type { Plain } from '@millrace/core';
import type { PlainObject } from './port.js';

/** The smallest value of a JSON schema that holds the answer wherever it fits: text as text, a number as number. */
export function fillSchema(schema: PlainObject, answer: string): Plain {
  const { type, enum: choices, properties, items, anyOf } = schema;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(choices)) return choices.find((choice) => answer.includes(String(choice))) ?? choices[0] ?? null;
  if (Array.isArray(anyOf)) return fillSchema(object(anyOf[0]), answer);
  if (type === 'object' || properties)
    return Object.fromEntries(
      Object.entries(object(properties)).map(([name, each]) => [name, fillSchema(object(each), answer)]),
    );
  if (type === 'array') return items === undefined ? [] : [fillSchema(object(items), answer)];
  return scalar(type, answer);
}

function scalar(type: Plain | undefined, answer: string): Plain {
  const number = Number(answer);
  if (type === 'number') return Number.isFinite(number) ? number : 0;
  if (type === 'integer') return Number.isInteger(number) ? number : 0;
  if (type === 'boolean') return /^(true|yes)\b/i.test(answer);
  return type === 'null' ? null : answer;
}

const object = (value: Plain | undefined): PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as PlainObject) : {};
