import type { JsonSchema } from './schema.js';

/** The part of a zod 4 schema that is read here; zod itself is the user's, never ours. */
export interface ZodSchema {
  readonly '~standard': {
    readonly vendor: string;
    readonly jsonSchema?: { input(options: { target: 'draft-2020-12' }): Record<string, unknown> };
  };
  readonly _zod: { readonly def: object };
}

export const isZodSchema = (schema: object): schema is ZodSchema => '_zod' in schema && '~standard' in schema;

/**
 * A zod schema as JSON Schema, which has a fingerprint. What is code in it (refinements, transforms) or would change
 * the value (defaults, coercion) can't be said in JSON Schema and is refused, never dropped.
 */
export function fromZod(schema: ZodSchema): JsonSchema {
  refuseCode(schema, '', new Set());
  const convert = schema['~standard'].jsonSchema;
  if (!convert) throw refused('', 'a schema of a zod older than 4.2, which gives no JSON Schema');
  try {
    return convert.input({ target: 'draft-2020-12' });
  } catch (error) {
    throw refused('', `a type that JSON does not have (${(error as Error).message})`);
  }
}

const refused = (path: string, what: string): Error =>
  new Error(
    `The zod schema can't be used: ${path || 'it'} is ${what}. Keep to what JSON Schema can say, and do the rest in a map behind.`,
  );

const CHANGES = new Set(['transform', 'default', 'prefault', 'catch', 'custom']);

interface Definition extends Record<string, unknown> {
  readonly type?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[];
}

function refuseCode(schema: ZodSchema, path: string, seen: Set<object>): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const def = schema._zod.def as Definition;
  const check = def.checks?.find(({ _zod }) => ['custom', 'overwrite'].includes(_zod.def.check));
  if (check) throw refused(path, check._zod.def.check === 'custom' ? 'refined by code' : 'changed by code');
  if (CHANGES.has(def.type ?? '')) throw refused(path, `a ${def.type}`);
  if (def.coerce === true) throw refused(path, 'coerced');
  for (const [name, inner] of schemasIn(def)) refuseCode(inner, `${path}/${name}`, seen);
}

/** Schemas lie one or two levels deep in a definition: `innerType`, `options[0]`, `shape.name`; a lazy one is made by its getter. */
function schemasIn(def: Definition): [string, ZodSchema][] {
  const values = Object.entries(def.type === 'lazy' ? { lazy: (def.getter as () => unknown)() } : def);
  const deeper = values.flatMap(([, value]) => (isObject(value) && !isZodSchema(value) ? Object.entries(value) : []));
  return [...values, ...deeper].filter(
    (entry): entry is [string, ZodSchema] => isObject(entry[1]) && isZodSchema(entry[1]),
  );
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
