/**
 * A map row → row as bytes: runs of rows that follow each other, as varints of (jump, length). A table of a million rows
 * of which one in a hundred stands elsewhere takes some 60 kB instead of 4 MB.
 */
export function packMap(map: Int32Array): Uint8Array {
  const out = new Bytes(map.length < 1024 ? 64 : map.length >> 2);
  out.varint(map.length);
  let expected = 0;
  for (let i = 0; i < map.length; ) {
    const start = map[i] as number;
    const step = start < 0 ? 0 : 1;
    let n = 1;
    while (i + n < map.length && map[i + n] === start + n * step) n++;
    out.signed(start - expected);
    out.varint(n);
    expected = start + n * step;
    i += n;
  }
  return out.done();
}

export function unpackMap(bytes: Uint8Array): Int32Array {
  const input = { bytes, at: 0 };
  const map = new Int32Array(varint(input));
  let expected = 0;
  for (let i = 0; i < map.length; ) {
    const start = expected + unsign(varint(input));
    const n = varint(input);
    const step = start < 0 ? 0 : 1;
    for (let k = 0; k < n; k++) map[i + k] = start + k * step;
    expected = start + n * step;
    i += n;
  }
  return map;
}

/** Seen through both: `outer` first. */
export function compose(outer: Int32Array, inner: Int32Array): Int32Array {
  const out = new Int32Array(outer.length);
  for (let i = 0; i < outer.length; i++) {
    const row = outer[i] as number;
    out[i] = row < 0 ? -1 : (inner[row] as number);
  }
  return out;
}

export const isIdentity = (map: Int32Array, rows: number): boolean =>
  map.length === rows && map.every((row, i) => row === i);

/** Where each begins when they stand one after the other. */
export function startsOf(parts: readonly { readonly rows: number }[]): number[] {
  let rows = 0;
  return parts.map((part) => {
    const start = rows;
    rows += part.rows;
    return start;
  });
}

/** The last that starts at the place or before it. */
export function find(starts: readonly number[], place: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

class Bytes {
  #bytes: Uint8Array;
  #at = 0;
  constructor(size: number) {
    this.#bytes = new Uint8Array(size + 16);
  }

  varint(value: number): void {
    if (this.#at + 10 > this.#bytes.length) this.#grow();
    let left = value;
    while (left > 127) {
      this.#bytes[this.#at++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    this.#bytes[this.#at++] = left;
  }

  signed(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #grow(): void {
    const wider = new Uint8Array(this.#bytes.length * 2);
    wider.set(this.#bytes);
    this.#bytes = wider;
  }
}

function varint(input: { bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = input.bytes[input.at++];
    if (byte === undefined) throw new Error('BUG: a map of rows ends early although its object was checked');
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

const unsign = (value: number): number => (value % 2 ? -(value + 1) / 2 : value / 2);
