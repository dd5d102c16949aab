/** Bitmaps in Arrow's order: value i is bit `i & 7` of byte `i >> 3`. Bits past the end are zero in what is made here. */
export const bit = (bits: Uint8Array, at: number): number => (bits[at >> 3]! >> (at & 7)) & 1;

export const setBit = (bits: Uint8Array, at: number): void => {
  bits[at >> 3]! |= 1 << (at & 7);
};

/** Padded to 8 bytes, as files want it. */
export const bitmap = (length: number): Uint8Array => new Uint8Array(((length + 63) >>> 6) << 3);

export function countOnes(bits: Uint8Array, length: number): number {
  let ones = 0;
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) ones += ONES[bits[i]!]!;
  for (let i = whole << 3; i < length; i++) ones += bit(bits, i);
  return ones;
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

export function copyBits(from: Uint8Array, start: number, length: number, into: Uint8Array, at: number): void {
  let i = 0;
  if ((start & 7) === 0 && (at & 7) === 0) {
    into.set(from.subarray(start >> 3, (start + length) >> 3), at >> 3);
    i = length & ~7;
  }
  for (; i < length; i++) if (bit(from, start + i)) setBit(into, at + i);
}

export function fillBits(into: Uint8Array, at: number, length: number): void {
  let i = 0;
  for (; i < length && ((at + i) & 7) !== 0; i++) setBit(into, at + i);
  const bytes = (length - i) >> 3;
  into.fill(0xff, (at + i) >> 3, ((at + i) >> 3) + bytes);
  for (i += bytes << 3; i < length; i++) setBit(into, at + i);
}

export interface Validity {
  readonly nulls: number;
  readonly valid?: Uint8Array;
}

export const ALL_VALID: Validity = { nulls: 0 };

export function allNull(length: number): Validity {
  return length === 0 ? ALL_VALID : { nulls: length, valid: bitmap(length) };
}

/** Notes which of `length` values are missing; costs nothing while none is. */
export class Missing {
  private valid: Uint8Array | undefined;
  private nulls = 0;
  constructor(private readonly length: number) {}

  at(index: number): void {
    if (this.valid === undefined) {
      this.valid = bitmap(this.length);
      fillBits(this.valid, 0, this.length);
    }
    this.valid[index >> 3]! &= ~(1 << (index & 7));
    this.nulls++;
  }

  done(): Validity {
    return this.valid === undefined ? ALL_VALID : { nulls: this.nulls, valid: this.valid };
  }
}
