import { balancedPieces } from './balanced.js';
import { type Extracted, type Kind, nothing } from './extracted.js';
import { fencedBlocks } from './fences.js';
import { type JsonSchema, type Validate, validator } from './schema.js';
import { fromZod, isZodSchema, type ZodSchema } from './zod-schema.js';

export interface JsonExtraction {
  readonly kind: 'json';
  readonly schema: JsonSchema;
  /** whether missing quotes, trailing commas, comments and the like are repaired; what is cut off never is */
  readonly repair: boolean;
  /** which value counts when there are several; `longest`, since prose has brackets of its own, like [1] */
  readonly match: 'longest' | 'first' | 'last';
}

export const json = ({
  schema = true,
  repair = true,
  match = 'longest',
}: {
  readonly schema?: JsonSchema | ZodSchema;
  readonly repair?: boolean;
  readonly match?: JsonExtraction['match'];
} = {}): JsonExtraction => Object.freeze({ kind: 'json', schema: plainSchema(schema), repair, match });

export const plainSchema = (schema: JsonSchema | ZodSchema): JsonSchema =>
  visible(typeof schema === 'object' && isZodSchema(schema) ? fromZod(schema) : schema);

/** Zod hides a part of its own in the schemas that it makes, which JSON does not show. */
function visible<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(visible) as T;
  if (!isRecord(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).map(([name, inner]) => [name, visible(inner)])) as T;
}

const isRecord = (value: unknown): value is object => {
  const up = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
  return up === null || (up !== undefined && Object.getPrototypeOf(up) === null);
};

interface Found {
  readonly value: unknown;
  readonly length: number;
}

type Parse = (text: string) => Found | undefined;

/**
 * The whole text if it is JSON; else the values in its fenced blocks (those that say json first), else those in its
 * prose; each time as written, then repaired. Of several, one that fits the schema.
 */
export const jsonKind: Kind<JsonExtraction> = {
  version: 1,
  reads: 'text',
  open: async ({ schema, repair, match }) => {
    const validate = await validator(schema);
    const parsers: Parse[] = [strictly, ...(repair ? [repairing((await import('jsonrepair')).jsonrepair)] : [])];
    return (text: string): Extracted => {
      const { found, cutOff } = search(text, parsers);
      if (found.length === 0) return nothing(cutOff ? 'cut-off' : 'no-match');
      return fitting(found, validate, match);
    };
  },
};

function search(text: string, parsers: readonly Parse[]): { found: Found[]; cutOff: boolean } {
  const whole = strictly(text);
  if (whole) return { found: [whole], cutOff: false };
  const places = placesOf(text).map(balancedPieces);
  for (const parse of parsers) {
    for (const { texts } of places) {
      const found = texts.flatMap((piece) => parse(piece) ?? []);
      if (found.length > 0) return { found, cutOff: false };
    }
  }
  return { found: [], cutOff: places.some((place) => place.cutOff) };
}

function placesOf(text: string): string[] {
  const blocks = fencedBlocks(text);
  const saysJson = blocks.filter(({ language }) => language.startsWith('json'));
  const others = blocks.filter(({ language }) => !language.startsWith('json'));
  return [...saysJson, ...others].map((block) => block.text).concat(text);
}

function strictly(text: string): Found | undefined {
  try {
    return { value: JSON.parse(text) as unknown, length: text.length };
  } catch {
    return undefined;
  }
}

/** Braces of prose, like {name} or [see there], can be "repaired" too; only what has a key, a string or an inner value is. */
const LOOKS_LIKE_JSON = /^\{\s*\}$|^\{.*:|^\[.*["'{[]/s;

const repairing =
  (repair: (text: string) => string): Parse =>
  (text) => {
    if (!LOOKS_LIKE_JSON.test(text)) return undefined;
    try {
      return strictly(repair(text));
    } catch {
      return undefined;
    }
  };

function fitting(found: readonly Found[], validate: Validate, match: JsonExtraction['match']): Extracted {
  const faults = found.map(({ value }) => validate(value));
  const fit = found.filter((_, i) => faults[i] === undefined);
  if (fit.length > 0) return { value: chosen(fit, match).value };
  return nothing('schema', faults[found.indexOf(chosen(found, match))]!);
}

function chosen(found: readonly Found[], match: JsonExtraction['match']): Found {
  if (match === 'first') return found[0]!;
  if (match === 'last') return found.at(-1)!;
  return found.reduce((best, one) => (one.length > best.length ? one : best));
}
