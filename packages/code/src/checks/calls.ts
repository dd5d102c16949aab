import { types } from 'node:util';
import type { AnyFunction } from '@millrace/core';

/** A row and what goes with it are data, which whoever is called may change. */
export const copies = (given: readonly unknown[]): unknown[] => given.map((each, at) => (at < 2 ? copyOf(each) : each));

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** An object of a class of the user's is no data, and stays what it is. */
export const copyOf = (value: unknown): unknown => {
  if (!isData(value)) return value;
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
};

/** Of whatever realm. */
const isData = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (Array.isArray(value)) return value.every(isData);
  if (types.isMap(value) || types.isSet(value)) return [...value].flat().every(isData);
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isDate(value) || types.isRegExp(value))
    return true;
  const up: unknown = Object.getPrototypeOf(value);
  return (up === null || Object.getPrototypeOf(up) === null) && Object.values(value).every(isData);
};

/** What came of a call. */
export type Ended = { readonly value?: unknown; readonly thrown?: { readonly error: unknown } };

export const attempt = (fn: AnyFunction, given: readonly unknown[]): Ended => {
  try {
    return { value: fn(...given) };
  } catch (error) {
    return { thrown: { error } };
  }
};

export const settled = async ({ value, thrown }: Ended): Promise<Ended> => {
  if (thrown) return { thrown };
  try {
    return { value: await value };
  } catch (error) {
    return { thrown: { error } };
  }
};
