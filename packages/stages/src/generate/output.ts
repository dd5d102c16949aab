import type { Type } from '@millrace/core';
import { plainSchema } from '../extract/json.js';
import type { JsonSchema } from '../extract/schema.js';
import type { ZodSchema } from '../extract/zod-schema.js';
import type { OutputSchema, PlainObject } from '../models/port.js';

/** A zod schema, or a JSON Schema as it is. */
export type SchemaConfig = Exclude<JsonSchema, boolean> | ZodSchema;

/** What is sent and what is in the key. */
export const outputSchema = (schema: SchemaConfig): OutputSchema => ({
  name: 'answer',
  schema: plainSchema(schema) as PlainObject,
});

/** The column that holds objects of a JSON Schema. What the schema leaves open is kept as JSON text. */
export function typeOfSchema(schema: PlainObject): Type {
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'array':
      return { list: typeOfSchema((schema.items ?? {}) as PlainObject) };
    case 'object':
      return structOf((schema.properties ?? {}) as { readonly [name: string]: PlainObject });
    default:
      return 'text';
  }
}

function structOf(properties: { readonly [name: string]: PlainObject }): Type {
  const fields = Object.entries(properties);
  return fields.length
    ? { struct: Object.fromEntries(fields.map(([name, inner]) => [name, typeOfSchema(inner)])) }
    : 'text';
}

/** The answer's text as a value of that column. */
export function parseAnswer(text: string, type: Type): unknown {
  try {
    return valueAs(type, JSON.parse(text));
  } catch (error) {
    throw new Error(
      `The answer is not the JSON that was asked for: ${(error as Error).message}. It begins with ${JSON.stringify(text.slice(0, 60))}; it is kept, and extract can take it apart.`,
    );
  }
}

export function valueAs(type: Type, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
  if (typeof type === 'object' && 'list' in type) return (value as unknown[]).map((item) => valueAs(type.list, item));
  if (typeof type === 'object' && 'struct' in type) {
    const from = value as Record<string, unknown>;
    return Object.fromEntries(Object.entries(type.struct).map(([name, inner]) => [name, valueAs(inner, from[name])]));
  }
  return value;
}
