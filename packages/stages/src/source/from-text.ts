import type { Type } from '@millrace/core';
import { Unfit } from './bad-rows.js';
import { bytesFrom, shortened } from './from-json.js';
import { dateFrom, timestampFrom } from './times.js';

/** A cell of a CSV file as its column takes it. */
export type Parse = (cell: string) => unknown;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAMED: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};
const BOOLS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false };

export function fromText(type: Type, json: boolean): Parse {
  if (json) return (cell) => JSON.stringify(jsonOf(cell));
  if (type === 'text') return (cell) => cell;
  if (type === 'bool') return (cell) => BOOLS[cell.toLowerCase()] ?? unfit(cell, 'neither true nor false');
  if (type === 'date') return dateFrom;
  if (type === 'binary') return bytesFrom;
  if (type === 'int64' || type === 'uint64') return (cell) => BigInt(digitsOf(cell));
  if (type === 'float64' || type === 'float32' || type === 'float16') return floatFrom;
  if (typeof type === 'string') return type === 'null' ? (cell) => unfit(cell, 'not empty') : (cell) => whole(cell);
  if ('timestamp' in type) return (cell) => timestampFrom(cell, type.timestamp);
  if ('decimal' in type) return (cell) => cell;
  return jsonOf;
}

function unfit(cell: string, why: string): never {
  throw new Unfit(`${shortened(cell)} is ${why}`);
}

function jsonOf(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return unfit(cell, 'not JSON');
  }
}

const digitsOf = (cell: string): string =>
  /^[+-]?\d+$/.test(cell) ? cell.replace('+', '') : unfit(cell, 'no whole number');

function whole(cell: string): number {
  const value = Number(digitsOf(cell));
  return Number.isSafeInteger(value) ? value : unfit(cell, 'too large a number');
}

export function floatFrom(cell: string): number {
  if (NUMBER.test(cell)) return Number(cell);
  return NAMED[cell.toLowerCase()] ?? unfit(cell, 'no number');
}
