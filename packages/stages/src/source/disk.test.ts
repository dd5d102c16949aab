import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-source-'));
});
afterAll(() => {
  jest.restoreAllMocks();
  remove(folder);
});

test('a file that changes after it was looked at is another, though its disk dates it long before', async () => {
  const hour = Date.now() + 3_600_000;
  jest.spyOn(Date, 'now').mockReturnValue(hour);
  const { changedSince, digestOf } = await import('./disk.js');
  const path = join(folder, 'data.csv');
  writeFileSync(path, 'a\n1\n');
  const sha256 = () => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 32);
  const digest = await digestOf(path, { file: async () => ({ digest: sha256(), bytes: 4 }) });
  expect(await changedSince(path, digest)).toBe(false);
  writeFileSync(path, 'a\n22\n');
  expect(await changedSince(path, digest)).toBe(true);
});
