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
  ) {
    super(`${path || 'The value'} is ${what}, which has no canonical form and can be in no key. ${instead}`);
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
  if (isBuiltIn(value, tag)) return fromBuiltIn(value, { tag, path, inside });
  const proto = Object.getPrototypeOf(value);
  if (proto === null || (tag === 'Object' && Object.getPrototypeOf(proto) === null)) return undefined;
  const name = (value.constructor?.name as string | undefined) || tag;
  const what = typeof (value as { then?: unknown }).then === 'function' ? 'a promise' : `an instance of ${name}`;
  throw new NoCanonicalForm(path, what, `Give plain data, or give ${name} a method [canonical]() that returns it.`);
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

/** Of the language's own kind and no class of it, in whichever realm. What says of itself to be a Date may be anything. */
function isBuiltIn(value: object, tag: string): boolean {
  const levels = LEVELS[tag] ?? (ArrayBuffer.isView(value) ? 3 : 0);
  const { name } = value.constructor ?? {};
  if (name === 'Buffer' && ArrayBuffer.isView(value)) return prototypes(value) === 4;
  return levels > 0 && name === tag && prototypes(value) === levels;
}

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

/** Indices come first: where the last key is none, something else was put on it. */
function refuseOwnProperties(value: object, tag: string, path: string): void {
  const last = Object.keys(value).at(-1);
  const indexed = Array.isArray(value) || ArrayBuffer.isView(value);
  if (last === undefined || (indexed && /^\d+$/.test(last))) return;
  throw new NoCanonicalForm(
    path,
    `${tag === 'Array' ? 'an array' : `a ${tag}`} with a property ${last} of its own`,
    'Give plain data.',
  );
}

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
  const symbols = Object.getOwnPropertySymbols(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  if (symbols.length) throw new NoCanonicalForm(path, 'an object with symbol keys', 'Use string keys.');
  const out: Record<string, Plain> = {};
  for (const key of Object.keys(value).sort()) {
    if (value[key] === undefined) continue;
    const safe = key.startsWith('$') ? `$${key}` : key;
    const plain = toPlain(value[key], path ? `${path}.${key}` : key, inside);
    Object.defineProperty(out, safe, { value: plain, enumerable: true, writable: true, configurable: true });
  }
  return out;
}
