import type { Plain } from '../declare/plain.js';
import { HALVES } from './canonical.js';

type Record = { readonly [key: string]: Plain };

/** The value that a plain tree was made of: what is read back is what was given, also where JSON alone would bend it. */
export function fromPlain(plain: Plain): unknown {
  if (typeof plain !== 'object' || plain === null) return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  const [key, ...more] = Object.keys(plain);
  const tagged = key !== undefined && more.length === 0 && /^\$[^$]/.test(key) && !key.startsWith(HALVES);
  return tagged ? fromTag(key, (plain as Record)[key] as Plain) : fromRecord(plain as Record);
}

function fromRecord(plain: Record): object {
  const out = {};
  for (const [key, inner] of Object.entries(plain)) {
    const name = nameOf(key);
    Object.defineProperty(out, name, { value: fromPlain(inner), enumerable: true, writable: true, configurable: true });
  }
  return out;
}

function nameOf(key: string): string {
  if (key.startsWith(HALVES)) return Buffer.from(key.slice(HALVES.length), 'hex').toString('utf16le');
  return key.startsWith('$') ? key.slice(1) : key;
}

const TAGS: { readonly [tag: string]: (plain: Plain) => unknown } = {
  $utf16: (hex) => Buffer.from(hex as string, 'hex').toString('utf16le'),
  $number: (text) => Number(text),
  $bigint: (text) => BigInt(text as string),
  $undefined: () => undefined,
  $date: (text) => new Date(text as string),
  $regexp: (parts) => new RegExp(...(parts as [string, string])),
  $url: (text) => new URL(text as string),
  $map: (pairs) => new Map((pairs as readonly Plain[]).map((pair) => fromPlain(pair) as [unknown, unknown])),
  $set: (items) => new Set((items as readonly Plain[]).map(fromPlain)),
};

const ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

function fromTag(tag: string, plain: Plain): unknown {
  const known = TAGS[tag];
  if (known) return known(plain);
  const bytes = Uint8Array.from(Buffer.from(plain as string, 'base64'));
  if (tag === '$arraybuffer') return bytes.buffer;
  const View = ARRAYS.find((each) => `$${each.name.toLowerCase()}` === tag);
  if (View) return new View(bytes.buffer);
  throw new Error(`BUG: a plain value has the tag ${tag}, which nothing writes`);
}
