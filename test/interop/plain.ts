import type { Type } from '@millrace/core';

/** Values as `check.py` says them: whole numbers as text, times as nanoseconds since 1970, bytes as base64, maps as pairs. */
export function plain(value: unknown, type: Type): unknown {
  if (value === null) return null;
  if (typeof type === 'string') return scalar(value, type);
  if ('timestamp' in type) return nanoseconds(value, type.timestamp);
  if ('decimal' in type) return value;
  if ('struct' in type) {
    const fields = Object.entries(value as object).map(([name, item]) => [name, plain(item, type.struct[name]!)]);
    return Object.fromEntries(fields);
  }
  if ('map' in type) {
    return [...(value as Map<unknown, unknown>)].map(([key, item]) => [
      plain(key, type.map[0]),
      plain(item, type.map[1]),
    ]);
  }
  const item = 'list' in type ? type.list : 'fixed' in type ? type.fixed : type.tensor;
  return Array.from(value as ArrayLike<unknown>, (one) => plain(one, item));
}

function scalar(value: unknown, type: string): unknown {
  if (/^u?int/.test(type)) return String(value);
  if (type === 'binary') return Buffer.from(value as Uint8Array).toString('base64');
  if (type === 'date') return (value as Date).toISOString().slice(0, 10);
  return Number.isNaN(value) ? 'NaN' : value;
}

const PER = { s: 1_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n };
const nanoseconds = (value: unknown, unit: keyof typeof PER) =>
  String((value instanceof Date ? BigInt(value.getTime()) : (value as bigint)) * PER[unit]);
