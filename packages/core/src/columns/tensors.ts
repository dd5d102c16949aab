import { isTyped } from './read.js';
import type { TensorItem, Type } from './type.js';

/** A tensor as lists of one size in each other, which says its shape to every reader. */
export const nestedTensor = (type: Type): Type =>
  typeof type === 'object' && 'tensor' in type
    ? type.shape.reduceRight<Type>((item, size) => ({ fixed: item, size }), type.tensor)
    : type;

/** … and back: lists of one size in each other, of numbers. */
export function tensorOf(type: Type): Type {
  const shape: number[] = [];
  let item = type;
  while (typeof item === 'object' && 'fixed' in item) {
    shape.push(item.size);
    item = item.fixed;
  }
  return shape.length > 1 && isTyped(item) ? { tensor: item as TensorItem, shape } : type;
}
