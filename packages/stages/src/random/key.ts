import { createHash } from 'node:crypto';

export type KeyPart = string | number | bigint;

/** Each part carries its kind and length, so that ('ab', 'c') and ('a', 'bc'), or 1 and '1', never meet. */
const tagged = (part: KeyPart): string => {
  if (typeof part === 'string') return `s${part.length}:${part}`;
  return typeof part === 'number' ? `n${part};` : `i${part};`;
};

/** 32 bytes that depend on the parts alone, on every platform. */
export function keyBytes(...parts: readonly KeyPart[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(tagged(part));
  return hash.digest();
}
