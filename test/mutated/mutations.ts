/** Numbers of a seed, the same on every machine. */
export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const LARGE = [
  [255, 255, 255, 127],
  [255, 255, 255, 255],
  [0, 0, 0, 128],
  [1, 0, 0, 0],
];

const WAYS: readonly ((bytes: Buffer, at: number, random: Random) => Buffer)[] = [
  (bytes, at, random) => bytes.fill(bytes[at]! ^ (1 << random(8)), at, at + 1),
  (bytes, at, random) => bytes.fill(random(256), at, at + 1),
  (bytes, at) => bytes.fill(0, at, Math.min(bytes.length, at + 512)),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at, random) => {
    Buffer.from(LARGE[random(LARGE.length)]!).copy(bytes, at);
    return bytes;
  },
  (bytes, at, random) => {
    const length = 1 + random(64);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + length))]);
  },
  (bytes, at, random) => {
    const length = 1 + random(64);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
  },
];

/** A file damaged in one way, or in a few. */
export function mutated(good: Uint8Array, seed: number): Buffer {
  const random = randomOf(seed);
  let bytes = Buffer.from(good);
  for (let times = random(4) === 0 ? 1 + random(4) : 1; times > 0 && bytes.length > 0; times--)
    bytes = Buffer.from(WAYS[random(WAYS.length)]!(bytes, random(bytes.length), random));
  return bytes;
}
