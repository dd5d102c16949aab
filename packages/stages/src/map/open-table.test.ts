import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { map } from './stage.js';

test('a column that an open table turns out not to have is named, with the nearest, before any row is called', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-open-'));
  writeFileSync(join(folder, 'rows.csv'), 'name,value\na,1\n');
  let calls = 0;
  const rows = source.csv(join(folder, 'rows.csv'));
  const out = map(rows, { reads: ['nmae'], version: 1, run: () => ({ n: ++calls }) });
  await expect(runOn(memoryStore(), { rows, out })).rejects.toThrow(
    /out reads the column nmae, which rows does not have. Did you mean name\?/,
  );
  expect(calls).toBe(0);
  rmSync(folder, { recursive: true });
});
