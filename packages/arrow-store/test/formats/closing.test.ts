import { closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { InputFile } from '../../src/formats/disk.js';

const BYTES = 32 << 20;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-closing-'));
});
afterEach(() => remove(folder));

const fileOf = (name: string, byte: number): string => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(BYTES, byte));
  return path;
};

test('a file that is closed while it is read ahead gives its own bytes, never those of the next one opened', async () => {
  const [one, other] = [fileOf('one', 1), fileOf('other', 2)];
  for (let again = 0; again < 5; again++) {
    const file = InputFile.open(one);
    const bytes = file.read(0, BYTES);
    const closed = file.close();
    const next = openSync(other, 'r');
    expect(Buffer.from((await bytes).buffer).equals(Buffer.alloc(BYTES, 1))).toBe(true);
    await closed;
    closeSync(next);
  }
});

test('what is asked for after the end fails, and is no damage', async () => {
  const file = InputFile.open(fileOf('one', 1));
  await file.close();
  await expect(file.read(0, 8)).rejects.toThrow(/out of range/);
});
