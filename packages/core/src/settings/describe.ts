import { didYouMean } from '../declare/nearest.js';
import type { Setting, Shape } from './setting.js';

/** What a value must be, in words. */
export function wantedText(shape: Shape): string {
  switch (shape.is) {
    case 'text':
      return shape.oneOf ? `one of ${shape.oneOf.join(', ')}` : 'a text';
    case 'column':
      return 'the name of a column';
    case 'columns':
      return 'the name of a column, or a list of names';
    case 'new column':
      return 'a name for the new column';
    case 'number':
    case 'int':
      return `a ${shape.is === 'int' ? 'whole number' : 'number'}${rangeText(shape)}`;
    case 'flag':
      return 'true or false';
    case 'name':
      return 'a name';
    case 'share':
      return 'a number of rows, or a share such as 5%';
    case 'function':
      return 'a function, in a file such as ./text.ts#clean';
    case 'model':
      return 'a model, such as openai/gpt-4o-mini';
    case 'path':
      return 'a path';
    case 'secret':
      return `a secret, in a file \${env:NAME}`;
    case 'list':
      return 'a list';
    case 'record':
    case 'object':
      return 'a set of names and values';
    case 'either':
      return [...new Set(shape.of.map(wantedText))].join(' or ');
    case 'any':
      return 'a value';
  }
}

function rangeText({ min, above, max }: Extract<Shape, { readonly min?: number }>): string {
  if (above !== undefined) return ` above ${above}${max === undefined ? '' : ` and at most ${max}`}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  return min === undefined ? (max === undefined ? '' : ` of at most ${max}`) : ` of at least ${min}`;
}

/** A value as a message shows it. */
function valueText(value: unknown): string {
  const text = typeof value === 'function' ? `the function ${value.name || 'without a name'}` : jsonOf(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function jsonOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `a value of type ${typeof value}`;
  }
}

/** What is wrong with a value, and the value that was meant, if it is near. */
export function wrongValue(of: string, shape: Shape, value: unknown): string {
  const hint =
    shape.is === 'text' && shape.oneOf && typeof value === 'string' ? didYouMean(value, shape.oneOf) : undefined;
  return `${of} must be ${wantedText(shape)}, not ${valueText(value)}.${hint ? ` ${hint}` : ''}`;
}

export const missingText = (what: string, name: string, { describe }: Setting): string =>
  `${what} needs ${name}: ${describe}`;
