import { mkdtempSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { type SmallDisk, smallDisk } from '../testing/mount.js';
import { draft, names, read, writeDurable } from './disk.js';

let base: string;
let disk: SmallDisk | undefined;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millrace-batch-disk-'));
  disk = smallDisk(join(base, 'disk'), 'size=1m');
});
afterEach(() => {
  disk?.remove();
  remove(base);
});

/** Room for half of what is to be written. */
function fill(path: string, left: number): void {
  const { bavail, bsize } = statfsSync(path);
  writeFileSync(join(path, 'filler'), Buffer.alloc(bavail * bsize - left));
}

const LONG = 'x'.repeat(64 << 10);

test('a disk with room for half of an intent: told, and what was there stays whole', () => {
  if (!disk) return;
  const path = join(disk.path, 'intent.json');
  writeDurable(path, 'before');
  fill(disk.path, LONG.length / 2);
  expect(() => writeDurable(path, LONG)).toThrow('ENOSPC');
  expect(read(path)).toBe('before');
});

test('a disk with room for half of the results: told, and none of them counts', () => {
  if (!disk) return;
  fill(disk.path, LONG.length / 2);
  const lines = draft(join(disk.path, 'some.results'));
  expect(() => lines.add(LONG)).toThrow('ENOSPC');
  lines.drop();
  expect(names(disk.path).filter((name) => name.endsWith('.results'))).toEqual([]);
});
