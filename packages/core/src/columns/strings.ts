import { types } from 'node:util';
import { Missing } from './bits.js';
import type { Column } from './column.js';
import { refusal } from './convert.js';
import type { Place } from './error.js';
import { addOffset } from './offsets.js';

/**
 * A string that has no UTF-8 form (half of a surrogate pair, as cutting an emoji in two leaves it) is refused: stored
 * as U+FFFD, the value that comes back would not be the value that was given.
 */
export function buildText(values: readonly unknown[], place: Place): Column {
  const missing = new Missing(values.length);
  const offsets = new Int32Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'string') addOffset(offsets, i, textBytes(value, place, i), place);
    else if (value === null || value === undefined) {
      missing.at(i);
      offsets[i + 1] = offsets[i]!;
    } else throw refusal(value, 'text', place, i);
  }
  return { type: 'text', length: values.length, offsets, values: writeAll(values, offsets), ...missing.done() };
}

interface WellFormed {
  isWellFormed(): boolean;
}

function textBytes(value: string, place: Place, index: number): number {
  const bytes = Buffer.byteLength(value);
  if (bytes !== value.length && !(value as unknown as WellFormed).isWellFormed())
    throw refusal(value, 'text', place, index);
  return bytes;
}

function writeAll(values: readonly unknown[], offsets: Int32Array): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(offsets[values.length]!);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'string') bytes.write(value, offsets[i]!);
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function buildBinary(values: readonly unknown[], place: Place): Column {
  const missing = new Missing(values.length);
  const offsets = new Int32Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (types.isUint8Array(value)) addOffset(offsets, i, value.length, place);
    else if (value === null || value === undefined) {
      missing.at(i);
      offsets[i + 1] = offsets[i]!;
    } else throw refusal(value, 'binary', place, i);
  }
  const bytes = new Uint8Array(offsets[values.length]!);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (types.isUint8Array(value)) bytes.set(value, offsets[i]!);
  }
  return { type: 'binary', length: values.length, offsets, values: bytes, ...missing.done() };
}
