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

/**
 * The properties of each object in a schema that has several, in their order: a model answers in it. The canonical form
 * of a schema does not tell.
 */
export function propertyOrder(schema: unknown): readonly (readonly string[])[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties } = schema as { readonly properties?: unknown };
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  const inside = Object.entries(schema).sort(([a], [b]) => (a < b ? -1 : 1));
  return [...(names.length > 1 ? [names] : []), ...inside.flatMap(([, inner]) => propertyOrder(inner))];
}

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

/** The answer's text as a value of that column; what isn't as its schema wants it is a failed row. */
export function parseAnswer(text: string, schema: PlainObject): unknown {
  try {
    const value: unknown = JSON.parse(text);
    requireFit(value, schema, '');
    return valueAs(typeOfSchema(schema), value);
  } catch (error) {
    throw new Error(
      `The answer is not the JSON that was asked for: ${(error as Error).message}. It begins with ${JSON.stringify(text.slice(0, 60))}; it is kept, and extract can take it apart.`,
    );
  }
}

/** An answer that gives such a value: a column has null also for a field that the answer lacks. */
export function answerFor(value: unknown, schema: PlainObject): string {
  const text = JSON.stringify(value);
  try {
    parseAnswer(text, schema);
    return text;
  } catch {
    return JSON.stringify(value, (_, inner) => inner ?? undefined) ?? text;
  }
}

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Types, required fields and enumerations: what a column is made of. */
function requireFit(
  value: unknown,
  { type, enum: values, required, properties, items }: PlainObject,
  at: string,
): void {
  const wanted = [type ?? []].flat() as string[];
  if (wanted.length && !wanted.some((name) => FITS[name]?.(value)))
    throw new Error(`${at || 'the value'} must be ${wanted.join(' or ')}`);
  if (Array.isArray(values) && !values.some((one) => JSON.stringify(one) === JSON.stringify(value)))
    throw new Error(`${at || 'the value'} must be one of ${JSON.stringify(values)}`);
  if (Array.isArray(value) && items)
    for (const [i, item] of value.entries()) requireFit(item, items as PlainObject, `${at}/${i}`);
  if (!FITS['object']?.(value)) return;
  const fields = value as PlainObject;
  const absent = ((required ?? []) as readonly string[]).find((name) => !Object.hasOwn(fields, name));
  if (absent !== undefined) throw new Error(`${at || 'the value'} must have ${absent}`);
  for (const [name, inner] of Object.entries((properties ?? {}) as Record<string, PlainObject>))
    if (Object.hasOwn(fields, name)) requireFit(fields[name], inner, `${at}/${name}`);
}

export function valueAs(type: Type, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'text') return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
  if (typeof type === 'object' && 'list' in type) return (value as unknown[]).map((item) => valueAs(type.list, item));
  if (typeof type === 'object' && 'struct' in type) {
    const from = value as Record<string, unknown>;
    return Object.fromEntries(Object.entries(type.struct).map(([name, inner]) => [name, valueAs(inner, from[name])]));
  }
  return value;
}
