import type { Ready } from './lab.js';
import { type Fault, OPERATIONS, type Operation } from './shim.js';

type Kind = Omit<Fault, 'at'>;

const WRITES: readonly Operation[] = ['write', 'open', 'rename', 'link', 'sync', 'mkdir', 'truncate', 'unlink'];

/** Ways in which a disk fails, and the operations that fail so. */
const KINDS: readonly Kind[] = [
  { how: 'kill', ops: OPERATIONS },
  { how: 'EIO', ops: OPERATIONS },
  { how: 'short', ops: ['write', 'read'] },
  { how: 'EMFILE', ops: ['open', 'list'] },
  { how: 'ENOSPC', ops: ['write', 'mkdir', 'link', 'rename', 'sync'] },
  { how: 'ENOSPC', ops: ['write', 'mkdir', 'link', 'rename', 'sync'], onward: true },
  { how: 'EROFS', ops: WRITES, onward: true },
  { how: 'EACCES', ops: ['open', 'unlink', 'rename'] },
];

/** All faults that a scenario can meet, or so many of them, spread by `random`. */
export function faultsFor({ operations }: Pick<Ready, 'operations'>, most: number, random: () => number): Fault[] {
  const sizes = KINDS.map(({ ops }) => ops.reduce((sum, op) => sum + operations[op], 0));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const picked = most >= all ? Array.from({ length: all }, (_, i) => i) : spread(all, most, random);
  return picked.map((n) => nth(n, sizes));
}

const spread = (all: number, most: number, random: () => number): number[] =>
  Array.from({ length: most }, (_, i) => Math.floor(((i + random()) * all) / most));

function nth(n: number, sizes: readonly number[]): Fault {
  let rest = n;
  for (const [i, size] of sizes.entries()) {
    if (rest < size) return { ...(KINDS[i] as Kind), at: rest + 1 };
    rest -= size;
  }
  throw new Error(`BUG: there is no fault ${n}.`);
}
