import type { Hash } from 'node:crypto';
import { hashInto, sizeOf, startHash } from './disk.js';
import type { Wanted } from './wanted.js';

/** Hashes of files that this process took from their first byte on. */
const running = new Map<string, { readonly hash: Hash; bytes: number }>();

export function beginHash({ check, bytes }: Wanted, part: string): void {
  if (check?.is === 'sha256' || (check && bytes !== undefined))
    running.set(part, { hash: startHash(check.is, bytes ?? 0), bytes: 0 });
}

export function addToHash(part: string, chunk: Uint8Array, at: number): void {
  const hashed = running.get(part);
  if (hashed?.bytes !== at) return;
  hashed.hash.update(chunk);
  hashed.bytes += chunk.length;
}

/** What a killed process wrote is read again; what this one wrote is hashed already. */
export async function isRight({ check }: Wanted, part: string): Promise<boolean> {
  if (!check) return true;
  const hashed = running.get(part);
  running.delete(part);
  const bytes = (await sizeOf(part)) ?? 0;
  if (hashed?.bytes === bytes) return hashed.hash.digest('hex') === check.hex;
  const hash = startHash(check.is, bytes);
  await hashInto(hash, part);
  return hash.digest('hex') === check.hex;
}
