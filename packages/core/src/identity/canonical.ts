import type { Plain } from '../declare/plain.js';
import { Secret } from '../declare/secret.js';

/** An object of a class may say what it is for a key: `[canonical]() { return { … } }`. */
export const canonical: unique symbol = Symbol.for('millrace.canonical');

const DEEPEST = 200;

export class NoCanonicalForm extends Error {
  override readonly name = 'NoCanonicalForm';
  constructor(
    readonly path: string,
    readonly what: string,
    readonly instead: string,
    lacks = 'which has no canonical form and can be in no key',
  ) {
    super(`${path || 'The value'} is ${what}, ${lacks}. ${instead}`);
  }
}

/**
 * Validates, tags and copies a value into a plain tree. What JSON cannot say gets an object with one key that starts
 * with `$`; a user's own key of that kind gets a second `$`.
 */
export function toPlain(value: unknown, path = '', above: readonly object[] = []): Plain {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : { $utf16: Buffer.from(value, 'utf16le').toString('hex') };
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'undefined':
      return { $undefined: true };
    case 'object':
      return value === null ? null : fromObject(value, path, above);
    case 'function':
      throw new NoCanonicalForm(
        path,
        'a function',
        'Give it where the stage takes code, or give its result as config.',
      );
    default:
      throw new NoCanonicalForm(path, `a ${typeof value}`, 'Use a string.');
  }
}

function fromObject(value: object, path: string, above: readonly object[]): Plain {
  if (above.includes(value)) throw new NoCanonicalForm(path, 'part of a cycle', 'Give plain data without cycles.');
  if (above.length > DEEPEST) throw new NoCanonicalForm(path, `nested deeper than ${DEEPEST}`, 'Give flatter data.');
  const inside = [...above, value];
  return special(value, path, inside) ?? fromRecord(value as Record<string, unknown>, path, inside);
}

function special(value: object, path: string, inside: readonly object[]): Plain | undefined {
  const own = (value as { [canonical]?: () => unknown })[canonical];
  if (typeof own === 'function') return toPlain(own.call(value), path, inside);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (value instanceof Secret)
    throw new NoCanonicalForm(path, 'a secret', 'Secrets belong in options, never in config.');
  if (tag === 'DataView') throw new NoCanonicalForm(path, 'a DataView', 'Use a typed array.');
  if (builtInTag(value) === tag) return fromBuiltIn(value, { tag, path, inside });
  const proto = Object.getPrototypeOf(value);
  if (proto === null || (tag === 'Object' && Object.getPrototypeOf(proto) === null)) return undefined;
  const name = (value.constructor?.name as string | undefined) || tag;
  const what = typeof (value as { then?: unknown }).then === 'function' ? 'a promise' : `an instance of ${name}`;
  throw new NoCanonicalForm(path, what, `Give plain data, or give ${name} a method [canonical]() that returns it.`);
}

/**
 * What functions are given that run from their key: there an object of a class is its data, and the text of its methods
 * is not told.
 */
export function refuseInstances(value: unknown, path = '', above: readonly unknown[] = []): void {
  if (typeof value !== 'object' || value === null || above.includes(value)) return;
  const look = (inner: unknown, at: string) => refuseInstances(inner, at, [...above, value]);
  if (typeof (value as { [canonical]?: unknown })[canonical] === 'function') {
    const name = value.constructor?.name || 'a class';
    throw new NoCanonicalForm(
      path,
      `an instance of ${name} that a function is given`,
      `Give its data, and make it inside of the function: new ${name}(…); or give the function a version, which then stands for ${name} too.`,
      'whose methods can be in no key',
    );
  }
  if (ArrayBuffer.isView(value)) return;
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    for (const [i, each] of [...value].entries()) look(each, `${path}[${i}]`);
    return;
  }
  if (builtInTag(value) === undefined)
    for (const [name, inner] of Object.entries(value)) look(inner, path ? `${path}.${name}` : name);
}

/** Levels of prototypes above a value of a language's own kind; a Buffer stands one below a Uint8Array. */
const LEVELS: Readonly<Record<string, number>> = {
  Array: 2,
  Date: 2,
  RegExp: 2,
  URL: 2,
  Map: 2,
  Set: 2,
  ArrayBuffer: 2,
};

/** `Map`, `Date`, `Uint8Array` …: of the language's own kind and no class of it, in whichever realm. What says of itself to be a Date may be anything. */
export function builtInTag(value: object): string | undefined {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const levels = LEVELS[tag] ?? (ArrayBuffer.isView(value) ? 3 : 0);
  const own = isBuffer(value)
    ? prototypes(value) === 4
    : value.constructor?.name === tag && prototypes(value) === levels;
  return levels > 0 && own ? tag : undefined;
}

export const isBuffer = (value: object): boolean => ArrayBuffer.isView(value) && value.constructor?.name === 'Buffer';

function prototypes(value: object): number {
  let count = 0;
  for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) count++;
  return count;
}

interface BuiltIn {
  readonly tag: string;
  readonly path: string;
  readonly inside: readonly object[];
}

function fromBuiltIn(value: object, { tag, path, inside }: BuiltIn): Plain {
  refuseOwnProperties(value, tag, path);
  if (Array.isArray(value)) return Array.from(value, (item, i) => toPlain(item, `${path}[${i}]`, inside));
  if (tag === 'Date') return { $date: dateText(value as Date) };
  if (tag === 'RegExp') return regexpOf(value as RegExp);
  if (tag === 'URL') return { $url: String(value) };
  if (tag === 'Map' || tag === 'Set')
    return {
      [`$${tag.toLowerCase()}`]: [...(value as Set<unknown>)].map((item, i) => toPlain(item, `${path}<${i}>`, inside)),
    };
  return bytes(ArrayBuffer.isView(value) ? value : new Uint8Array(value as ArrayBuffer), tag);
}

/** An array without holes has its indices and `length`; what else there is could be read, and would be in no key. */
function refuseOwnProperties(value: object, tag: string, path: string): void {
  const own = Reflect.ownKeys(value);
  const indices = Array.isArray(value) || ArrayBuffer.isView(value) ? (value as ArrayLike<unknown>).length : 0;
  const usual = OWN[tag];
  if (usual !== undefined && own.indexOf(usual) !== indices)
    throw new NoCanonicalForm(path, 'an array with holes', 'Write undefined or null in their place.');
  const other = own[indices + (usual === undefined ? 0 : 1)];
  if (other === undefined) return;
  const what = tag === 'Array' ? 'an array' : `a ${tag}`;
  throw new NoCanonicalForm(path, `${what} with a property ${String(other)} of its own`, 'Give plain data.');
}

/** The one property that each of a kind has. */
const OWN: Readonly<Record<string, string>> = { Array: 'length', RegExp: 'lastIndex' };

/** Where it goes on from changes what it finds. */
const regexpOf = ({ source, flags, lastIndex }: RegExp): Plain => ({
  $regexp: lastIndex ? [source, flags, lastIndex] : [source, flags],
});

const dateText = (date: Date): string => (Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString());

function bytes(view: ArrayBufferView, tag: string): Plain {
  const all = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return { [`$${tag.toLowerCase()}`]: all.toString('base64') };
}

function fromRecord(value: Record<string, unknown>, path: string, inside: readonly object[]): Plain {
  const names = Object.keys(value).sort();
  const own = Reflect.ownKeys(value);
  if (own.length > names.length) throw unseen(own, { value, path });
  const out: Record<string, Plain> = {};
  for (const key of names) {
    if (value[key] === undefined) continue;
    const plain = toPlain(value[key], path ? `${path}.${key}` : key, inside);
    Object.defineProperty(out, safeKey(key), { value: plain, enumerable: true, writable: true, configurable: true });
  }
  return out;
}

/** Half of a surrogate pair is no text that could be hashed. */
const safeKey = (key: string): string => {
  if (!key.isWellFormed()) return `${HALVES}${Buffer.from(key, 'utf16le').toString('hex')}`;
  return key.startsWith('$') ? `$${key}` : key;
};

/** Before a name that is no well-formed text. */
export const HALVES = '$utf16 ';

function unseen(own: readonly (string | symbol)[], { value, path }: { value: object; path: string }): NoCanonicalForm {
  const hidden = own.find((key) => typeof key === 'symbol' || !Object.prototype.propertyIsEnumerable.call(value, key));
  return typeof hidden === 'symbol'
    ? new NoCanonicalForm(path, 'an object with symbol keys', 'Use string keys.')
    : new NoCanonicalForm(path, `an object with a hidden property ${hidden}`, 'Make it enumerable, or leave it out.');
}
