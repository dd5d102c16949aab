import type { Type } from './type.js';

/** One text for one type, whatever the order of a struct's fields: for digests, comparisons and messages. */
export function typeName(type: Type): string {
  if (typeof type === 'string') return type;
  if ('timestamp' in type)
    return `timestamp<${type.timestamp}${type.zone === undefined ? '' : `, ${quoted(type.zone)}`}>`;
  if ('decimal' in type) return `decimal<${type.decimal[0]}, ${type.decimal[1]}>`;
  if ('list' in type) return `list<${typeName(type.list)}>`;
  if ('map' in type) return `map<${typeName(type.map[0])}, ${typeName(type.map[1])}>`;
  if ('fixed' in type) return `fixed<${typeName(type.fixed)}, ${type.size}>`;
  if ('tensor' in type) return `tensor<${type.tensor}, [${type.shape.join(', ')}]>`;
  return `struct<${fieldsOf(type.struct)
    .map((name) => `${quoted(name)}: ${typeName(type.struct[name]!)}`)
    .join(', ')}>`;
}

const quoted = (text: string) => JSON.stringify(text);

/** By code unit, never by locale. */
export const fieldsOf = (struct: { readonly [field: string]: Type }): string[] => Object.keys(struct).sort();

export const sameType = (a: Type, b: Type): boolean => a === b || typeName(a) === typeName(b);
