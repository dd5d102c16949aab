import type { Field } from '@millrace/stages';
import { ENV, FUNCTION, said } from './checking.js';
import { isRecord } from './record.js';

/** Whether a value looks like this at all: tells which alternative was meant. */
export function hasShape(field: Field, value: unknown): boolean {
  switch (field.is) {
    case 'number':
    case 'int':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'record':
    case 'object':
      return isRecord(value);
    case 'function':
      return typeof value === 'string' && FUNCTION.test(value);
    case 'secret':
      return typeof value === 'string' && ENV.test(value);
    case 'model':
      return typeof value === 'string' || isRecord(value);
    case 'either':
      return field.of.some((each) => hasShape(each, value));
    case 'any':
      return true;
    default:
      return typeof value === 'string';
  }
}

export const expected = (field: Field, value: unknown): string => `Expected ${described(field)}, not ${said(value)}.`;

export function described(field: Field): string {
  switch (field.is) {
    case 'text':
      return field.oneOf ? `one of ${field.oneOf.join(', ')}` : 'a text';
    case 'column':
      return 'the name of a column';
    case 'new column':
      return 'a name for the new column';
    case 'number':
    case 'int':
      return `a ${field.is === 'int' ? 'whole number' : 'number'}${rangeText(field)}`;
    case 'flag':
      return 'true or false';
    case 'function':
      return 'a function of a module, such as ./text.ts#clean';
    case 'model':
      return 'a model, such as openai/gpt-4o-mini';
    case 'path':
      return 'a path';
    case 'secret':
      return `\${env:NAME}`;
    case 'list':
      return 'a list';
    case 'record':
    case 'object':
      return 'a set of names and values';
    case 'either':
      return field.of.map(described).join(' or ');
    case 'any':
      return 'a value';
  }
}

function rangeText({
  min,
  above,
  max,
}: {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}): string {
  if (above !== undefined) return ` above ${above}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  return min === undefined ? (max === undefined ? '' : ` of at most ${max}`) : ` of at least ${min}`;
}
