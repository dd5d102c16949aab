import type * as arrow from 'apache-arrow';
import { DamagedBytes } from './damage.js';

const VIEW = 16;
const INLINE = 12;
const MOST = 0x7fff_ffff;

const outside = () => new DamagedBytes('a column of views has a value outside of its bytes');

/** Text or bytes stored as views: 16 bytes each, which hold the value or say where it lies. */
export function viewBytes(data: arrow.Data): { readonly offsets: Int32Array; readonly values: Uint8Array } {
  const { buffer, byteOffset } = data.values as Uint8Array;
  const views = new DataView(buffer, byteOffset);
  const buffers = (data as unknown as { readonly variadicBuffers: readonly Uint8Array[] }).variadicBuffers;
  const offsets = new Int32Array(data.length + 1);
  let all = 0;
  for (let row = 0; row < data.length; row++) {
    const length = data.getValid(row) ? views.getInt32(row * VIEW, true) : 0;
    all += length;
    if (length < 0 || all > MOST) throw outside();
    offsets[row + 1] = all;
  }
  const values = new Uint8Array(offsets[data.length]!);
  for (let row = 0; row < data.length; row++) {
    const length = offsets[row + 1]! - offsets[row]!;
    const at = row * VIEW;
    const from =
      length > INLINE ? buffers[views.getInt32(at + 8, true)] : new Uint8Array(buffer, byteOffset + at + 4, INLINE);
    const start = length > INLINE ? views.getInt32(at + 12, true) : 0;
    if (!from || start < 0 || start + length > from.length) throw outside();
    values.set(from.subarray(start, start + length), offsets[row]!);
  }
  return { offsets, values };
}
