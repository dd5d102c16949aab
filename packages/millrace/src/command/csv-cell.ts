import { jsonText, plainOf, type Type } from '@millrace/core';
import { plainCell } from './csv-text.js';

/** How the values of a column are written, so that a CSV source with this type reads them. What has no form of its own is JSON. */
export function cellOf(type: Type, text: (text: string) => string): (value: unknown) => string {
  const write = writerOf(type, text);
  return (value) => (value === null || value === undefined ? '' : write(value));
}

function writerOf(type: Type, text: (text: string) => string): (value: unknown) => string {
  if (type === 'text') return (value) => text(value as string);
  if (typeof type === 'string' && type !== 'binary' && type !== 'date') return String;
  const plain = plainOf(type);
  return (value) => {
    const is = plain(value);
    return typeof is === 'string' ? plainCell(is) : plainCell(jsonText(is));
  };
}
