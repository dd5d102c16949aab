/** Decimals are text to JavaScript: `12.50`, always with as many digits after the point as the column's scale. */
export function parseDecimal(text: string, [precision, scale]: readonly [number, number]): bigint | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null || (parts[3]?.length ?? 0) > scale) return undefined;
  const size = BigInt(`${parts[2]}${(parts[3] ?? '').padEnd(scale, '0')}`);
  if (size >= 10n ** BigInt(precision)) return undefined;
  return parts[1] === '-' ? -size : size;
}

export function printDecimal(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export function putDecimal(into: Uint8Array, row: number, value: bigint): void {
  const view = new DataView(into.buffer, into.byteOffset + row * 16, 16);
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  view.setBigInt64(8, value >> 64n, true);
}

export function getDecimal(from: Uint8Array, row: number): bigint {
  const view = new DataView(from.buffer, from.byteOffset + row * 16, 16);
  return (view.getBigInt64(8, true) << 64n) | view.getBigUint64(0, true);
}
