import { types } from 'node:util';
/** Why a value has no text: bytes and unknown classes would print as something nobody asked for. */
export type TextFailure = { readonly kind: 'no-text'; readonly what: string };
export type ValueText = { readonly kind: 'text'; readonly text: string } | TextFailure;

const text = (value: string): ValueText => ({ kind: 'text', text: value });
const failure = (what: string): TextFailure => ({ kind: 'no-text', what });

/**
 * The text of a value inside a prompt. Strings stand as they are; numbers as the shortest text that reads back to the
 * same number; dates in ISO; a list of plain values one a line behind `- `; everything nested as canonical JSON.
 */
export function valueText(value: unknown): ValueText {
  if (typeof value === 'string') return text(value);
  if (value === null || value === undefined) return failure(String(value));
  return Array.isArray(value) ? listText(value) : scalarOrJson(value);
}

function listText(list: readonly unknown[]): ValueText {
  const lines: string[] = [];
  for (const item of list) {
    const line = typeof item === 'string' ? text(item) : scalarOrJson(item);
    if (line.kind === 'no-text') return line;
    lines.push(`- ${line.text}`);
  }
  return text(lines.join('\n'));
}

function scalarOrJson(value: unknown): ValueText {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return text(String(value));
  if (types.isDate(value)) return dateText(value);
  return canonicalJson(value);
}

const dateText = (date: Date): ValueText =>
  Number.isNaN(date.getTime()) ? failure('an invalid date') : text(date.toISOString());

/** JSON with keys by code unit and no spaces, so that equal objects make equal prompts whatever order they were built in. */
export function canonicalJson(value: unknown): ValueText {
  try {
    return text(json(value, []));
  } catch (error) {
    if (error instanceof NoJson) return failure(error.message);
    throw error;
  }
}

class NoJson extends Error {}

function json(value: unknown, above: readonly object[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return jsonNumber(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') throw new NoJson(value === undefined ? 'undefined' : `a ${typeof value}`);
  if (above.includes(value)) throw new NoJson('an object that contains itself');
  return jsonObject(value, [...above, value]);
}

function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new NoJson(`${value} inside an object`);
  return JSON.stringify(value);
}

function jsonObject(value: object, above: readonly object[]): string {
  if (types.isDate(value)) return JSON.stringify(unwrapped(dateText(value)));
  if (types.isUint8Array(value)) throw new NoJson('bytes');
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value as Iterable<unknown>, (item) => json(item ?? null, above)).join(',')}]`;
  }
  if (!isPlain(value)) throw new NoJson(`a ${value.constructor.name}`);
  return `{${members(value as Record<string, unknown>, above).join(',')}}`;
}

const unwrapped = (made: ValueText): string => {
  if (made.kind === 'no-text') throw new NoJson(made.what);
  return made.text;
};

const members = (value: Record<string, unknown>, above: readonly object[]): string[] =>
  Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${json(value[key], above)}`);

/** By constructor name, not identity: rows may come from another realm (a vm context, a worker). */
const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  return prototype === null || (Object.getPrototypeOf(prototype) === null && prototype.constructor?.name === 'Object');
};
