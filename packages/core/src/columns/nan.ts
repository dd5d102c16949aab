import type { Values } from './column.js';

/** The same values with every NaN as the one NaN; a copy only where there is one. */
export function plainNaN(values: Values): Values {
  if (!(values instanceof Float32Array || values instanceof Float64Array) || !mayHoldNaN(values)) return values;
  const plain = values.slice();
  const [words, width] = [new Uint32Array(plain.buffer), plain.BYTES_PER_ELEMENT / 4];
  for (let i = 0; i < plain.length; i++) {
    if (!Number.isNaN(plain[i])) continue;
    if (width === 2) words[2 * i] = 0;
    words[(i + 1) * width - 1] = width === 2 ? 0x7ff8_0000 : 0x7fc0_0000;
  }
  return plain;
}

/** A sum is NaN if a value is; infinities may raise a false alarm. */
function mayHoldNaN(values: Float32Array | Float64Array): boolean {
  return Number.isNaN(values instanceof Float32Array ? sum32(values) : sum64(values));
}

function sum32(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]!;
  return a + b + c + d;
}

function sum64(values: Float64Array): number {
  let [a, b] = [0, 0];
  const whole = values.length & ~1;
  for (let i = 0; i < whole; i += 2) {
    a += values[i]!;
    b += values[i + 1]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]!;
  return a + b;
}
