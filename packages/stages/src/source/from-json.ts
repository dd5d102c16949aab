import { type Columns, exactJson, jsonText, type Type } from '@millrace/core';
import { Unfit } from './bad-rows.js';
import { dateFrom, timestampFrom } from './times.js';

/** A JSON value as a column of a type takes it. Where a type needs nothing, there is no function. */
export type Convert = (value: unknown) => unknown;

export function fromJson(type: Type, json: boolean): Convert | undefined {
  if (json) return (value) => jsonText(value);
  if (type === 'date') return (value) => dateFrom(textOf(value, 'a date such as "2024-01-31"'));
  if (type === 'binary') return (value) => bytesFrom(textOf(value, 'bytes in base64'));
  if (type === 'int64' || type === 'uint64') return wholeFrom;
  if (type === 'float64' || type === 'float32' || type === 'float16') return notTooLong;
  if (typeof type === 'object' && 'timestamp' in type)
    return (value) => timestampFrom(textOf(value, 'a timestamp such as "2024-01-31T12:30:00Z"'), type.timestamp);
  if (typeof type === 'object' && 'decimal' in type) return (value) => (typeof value === 'number' ? `${value}` : value);
  if (typeof type === 'object' && 'map' in type) return mapFrom;
  return undefined;
}

/** JSON whose whole numbers keep all their digits, where a column takes them. */
export const parserFor = (columns: Columns | undefined): ((text: string) => unknown) =>
  /int64/.test(JSON.stringify(columns ?? {})) ? exactJson : JSON.parse;

/** Also as other programs write what their numbers would round: as text. */
const wholeFrom = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : value;

const mapFrom = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? new Map(Array.isArray(value) ? (value as [unknown, unknown][]) : Object.entries(value))
    : value;

function textOf(value: unknown, wanted: string): string {
  if (typeof value === 'string') return value;
  throw new Unfit(`it holds ${JSON.stringify(value)}, where the column takes ${wanted}`);
}

export function bytesFrom(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')) return Uint8Array.from(bytes);
  throw new Unfit(`${shortened(text)} is not base64`);
}

/** JSON.parse rounds what a float can't hold: of 12345678901234567890, a number, another one is left. */
function notTooLong(value: unknown): unknown {
  if (typeof value === 'bigint') return notTooLong(Number(value));
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  if (Math.abs(value) >= 1e21 || String(Math.abs(value)).replace(/0+$/, '').length <= 15) return value;
  throw new Unfit(
    `a whole number near ${value} has more digits than a JSON number keeps; write it as text ("…") and declare the column as text`,
  );
}

export const shortened = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}…` : text);
