import type { Type } from '@millrace/core';
import { plainCell } from './csv-text.js';
import { jsonText } from './session.js';

/** How the values of a column are written, so that a CSV source with this type reads them. What has no form of its own is JSON. */
export function cellOf(type: Type, text: (text: string) => string): (value: unknown) => string {
  const write = writerOf(type, text);
  return (value) => (value === null || value === undefined ? '' : write(value));
}

function writerOf(type: Type, text: (text: string) => string): (value: unknown) => string {
  if (type === 'text') return (value) => text(value as string);
  if (type === 'binary') return (value) => Buffer.from(value as Uint8Array).toString('base64');
  if (type === 'date') return (value) => (value as Date).toISOString().replace(/T.*$/, '');
  if (typeof type === 'object' && 'timestamp' in type)
    return (value) => timeText(value as Date | bigint, type.timestamp);
  return cell;
}

function cell(value: unknown): string {
  if (typeof value === 'string') return plainCell(value);
  if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number') return String(value);
  return plainCell(jsonText(value));
}

const LAST_SECOND = 8_640_000_000_000n;

/** Times that no date can hold stay numbers. */
function timeText(value: Date | bigint, unit: 's' | 'ms' | 'us' | 'ns'): string {
  if (typeof value !== 'bigint') return value.toISOString();
  const digits = unit === 'ns' ? 9 : 6;
  const second = 10n ** BigInt(digits);
  const fraction = ((value % second) + second) % second;
  const seconds = (value - fraction) / second;
  if (seconds > LAST_SECOND || seconds < -LAST_SECOND) return String(value);
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `.${String(fraction).padStart(digits, '0')}Z`);
}
