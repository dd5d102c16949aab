import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { memoryStore } from '@millrace/core';
import { smallDisk } from '../testing/mount.js';
import { runOn } from '../testing/run.js';
import { command } from './stage.js';
import { type Project, project } from './testing/project.js';

let here: Project;
beforeEach(() => {
  here = project();
});
afterEach(() => here.remove());

const writes = (bytes: number, options = {}) => ({
  out: command(
    {
      argv: ['node', '-e', { text: `require('fs').writeFileSync('out/big', Buffer.alloc(${bytes}, 7))` }],
      outputs: { out: 'folder' },
    },
    options,
  ).out,
});

const said = (run: Promise<unknown>): Promise<string> => run.then(() => 'done', String);

describe('a full disk', () => {
  test('in the midst of taking a folder over: told, nothing counts, and with room it works', async () => {
    const disk = smallDisk(join(here.base, 'disk'), 'size=5m');
    if (!disk) return;
    try {
      const store = openStore(join(disk.path, 'store'));
      expect(await said(runOn(store, writes(3 << 20), { base: here.base }))).toMatch(/ENOSPC|full|room/);
      expect([...store.entries()]).toEqual([]);
      const objects = join(disk.path, 'store', 'objects');
      const left = existsSync(objects) ? (readdirSync(objects, { recursive: true }) as string[]) : [];
      expect(left.filter((name) => name.endsWith('.bin'))).toEqual([]);
      disk.remount('size=64m');
      expect((await runOn(store, writes(3 << 20), { base: here.base })).did.out).toBe('ran');
      expect((await store.verify({ deep: true })).damaged).toEqual([]);
      await store.close();
    } finally {
      disk.remove();
    }
  });
});

describe('a read-only target', () => {
  test('is told; the output is kept, and stands there once it can be written', async () => {
    const disk = smallDisk(join(here.base, 'models'), 'size=5m,ro');
    if (!disk) return;
    try {
      const store = memoryStore();
      const run = () => said(runOn(store, writes(10, { at: 'models/base' }), { base: here.base }));
      expect(await run()).toMatch(/The output is kept, but models\/base was not brought in step with it: .*EROFS/);
      expect([...store.entries()]).toHaveLength(1);
      disk.remount('rw');
      expect(await run()).toBe('done');
      expect(readdirSync(join(disk.path, 'base'))).toEqual(['big']);
    } finally {
      disk.remove();
    }
  });
});
