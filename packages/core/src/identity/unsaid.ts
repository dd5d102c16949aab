import { builtInTag, canonical, isBuffer } from './canonical.js';

/**
 * What the canonical form of a value leaves out, and code that holds the value itself can see: the order of keys where it
 * is not that of code units, keys that are undefined, and which bytes are a Buffer. Of a value that has such a form.
 */
export function unsaid(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || canonical in value) return [];
  if (isBuffer(value)) return [`${path} Buffer`];
  const tag = builtInTag(value);
  if (tag === 'Map' || tag === 'Set')
    return [...(value as Set<unknown>)].flatMap((item, i) => unsaid(item, `${path}<${i}>`));
  const isRecord = Object.prototype.toString.call(value) === '[object Object]';
  if (tag !== 'Array' && !isRecord) return [];
  const entries = Object.entries(value);
  const names = entries.map(([name]) => name);
  const isCanonical = names.every(
    (name, i) => entries[i]?.[1] !== undefined && (i === 0 || (names[i - 1] as string) < name),
  );
  const own = tag === 'Array' || isCanonical ? [] : [`${path} ${JSON.stringify(names)}`];
  return [...own, ...entries.flatMap(([name, inner]) => unsaid(inner, `${path}.${name}`))];
}
