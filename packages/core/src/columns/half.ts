/** float16 as its bits: JavaScript had no type for it before Node 24. */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | evenly(size * 2 ** 24);
  const exponent = Math.min(15, Math.floor(Math.log2(size)));
  const [power, scaled] = normal(exponent, size);
  // A fraction rounded up to 1024 carries into the exponent, which is what the format wants.
  return sign | (((power + 15) << 10) + evenly((scaled - 1) * 1024));
}

/** log2 may be off by one at the powers of two. */
function normal(exponent: number, size: number): readonly [power: number, scaled: number] {
  const scaled = size / 2 ** exponent;
  if (scaled >= 2) return [exponent + 1, scaled / 2];
  return scaled < 1 ? [exponent - 1, scaled * 2] : [exponent, scaled];
}

function evenly(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? floor + 1 : floor;
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function fromHalves(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = fromHalf(bits[i]!);
  return values;
}
