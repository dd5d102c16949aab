import { ColumnError, type Place } from './error.js';

const MOST = 0x7fff_ffff;

export function offsetsOf(lengths: readonly number[], place: Place): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) addOffset(offsets, i, lengths[i]!, place);
  return offsets;
}

export function addOffset(offsets: Int32Array, index: number, length: number, place: Place): void {
  const end = offsets[index]! + length;
  if (end > MOST) throw tooLarge(place);
  offsets[index + 1] = end;
}

/** Offsets are 32 bits: past that they would wrap without a word. */
export function checkOffset(end: number): void {
  if (end > MOST) throw tooLarge({ column: '', path: '', row: Number });
}

const tooLarge = (place: Place): ColumnError =>
  new ColumnError(
    place.column,
    undefined,
    `${place.path === '' ? 'A column' : `Column "${place.path}"`} passes 2^31 bytes or items within one batch, ` +
      'more than its offsets can count. Work in smaller batches.',
  );
