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
  if (Array.isArray(value)) return Array.from(value, (item, i) => toPlain(item, `${path}[${i}]`, inside));
  return special(value, path, inside) ?? fromRecord(value as Record<string, unknown>, path, inside);
}

function special(value: object, path: string, inside: readonly object[]): Plain | undefined {
  const own = (value as { [canonical]?: () => unknown })[canonical];
  if (typeof own === 'function') return toPlain(own.call(value), path, inside);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (value instanceof Secret)
    throw new NoCanonicalForm(path, 'a secret', 'Secrets belong in options, never in config.');
  if (tag === 'Date') return { $date: dateText(value as Date) };
  if (tag === 'RegExp') return { $regexp: [(value as RegExp).source, (value as RegExp).flags] };
  if (tag === 'URL') return { $url: String(value) };
  if (tag === 'Map')
    return { $map: [...(value as Map<unknown, unknown>)].map((pair, i) => toPlain(pair, `${path}<${i}>`, inside)) };
  if (tag === 'Set')
    return { $set: [...(value as Set<unknown>)].map((item, i) => toPlain(item, `${path}<${i}>`, inside)) };
  if (ArrayBuffer.isView(value)) return bytes(value, tag, path);
  if (tag === 'ArrayBuffer') return bytes(new Uint8Array(value as ArrayBuffer), tag, path);
  const proto = Object.getPrototypeOf(value);
  if (proto === null || (tag === 'Object' && Object.getPrototypeOf(proto) === null)) return undefined;
  const name = (value.constructor?.name as string | undefined) || tag;
  const what = typeof (value as { then?: unknown }).then === 'function' ? 'a promise' : `an instance of ${name}`;
  throw new NoCanonicalForm(path, what, `Give plain data, or give ${name} a method [canonical]() that returns it.`);
}

const dateText = (date: Date): string => (Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString());

function bytes(view: ArrayBufferView, tag: string, path: string): Plain {
  if (tag === 'DataView') throw new NoCanonicalForm(path, 'a DataView', 'Use a typed array.');
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
