export type { Batch, Column, Values } from './columns/column.js';
export type { Columns, Scalar, TensorItem, Type } from './columns/type.js';
export { Secret, secret } from './declare/secret.js';
export type {
  AnyFunction,
  Code,
  CodeAnswer,
  CodeDeclaration,
  CodePlace,
  CodeReader,
  CodeRefusal,
  CodeUnit,
} from './ports/code.js';
export * from './ports/store.js';
