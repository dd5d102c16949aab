/**
 * The value that JavaScript receives, as bytes of which no two values share any: each class has a tag, what varies in
 * length its length. 5 of an int32 and 5 of a float64 are one number; 5n is another value, −0 another number; NaN is one.
 */
export const TAG = {
  null: 0,
  false: 1,
  true: 2,
  number: 3,
  bigint: 4,
  below: 5,
  text: 6,
  typed: 7,
  date: 8,
  list: 9,
  struct: 10,
  map: 11,
  far: 12,
};

/** Grows; one for each use, since encoders keep hold of it. */
export class Scratch {
  bytes = new Uint8Array(1 << 12);
  view = new DataView(this.bytes.buffer);

  room(end: number): void {
    if (end <= this.bytes.length) return;
    const grown = new Uint8Array(2 * end);
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  tag(at: number, tag: number): number {
    this.room(at + 1);
    this.bytes[at] = tag;
    return at + 1;
  }

  number(at: number, value: number): number {
    this.room(at + 9);
    this.bytes[at] = TAG.number;
    // What a NaN's other bits are is left to the machine.
    if (Number.isNaN(value)) this.view.setBigUint64(at + 1, NAN, true);
    else this.view.setFloat64(at + 1, value, true);
    return at + 9;
  }

  bigint(at: number, value: bigint): number {
    this.room(at + 9);
    this.bytes[at] = value < 0n ? TAG.below : TAG.bigint;
    this.view.setBigUint64(at + 1, BigInt.asUintN(64, value), true);
    return at + 9;
  }

  length(at: number, tag: number, length: number): number {
    this.room(at + 5);
    this.bytes[at] = tag;
    this.view.setUint32(at + 1, length, true);
    return at + 5;
  }

  put(at: number, bytes: Uint8Array): number {
    this.room(at + bytes.length);
    this.bytes.set(bytes, at);
    return at + bytes.length;
  }
}

const NAN = 0x7ff8_0000_0000_0000n;
