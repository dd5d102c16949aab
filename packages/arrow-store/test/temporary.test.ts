import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryStore } from '../src/index.js';
import { folders, linesOf, start, until } from './process/start.js';

const at = folders();

const placed = async (how: string) => {
  const started = start('temporary', at.root, at.side, how);
  await until(() => linesOf(at.side).length > 0);
  return { ...started, where: linesOf(at.side)[0] as string };
};

describe('a temporary store', () => {
  test.each([
    ['end', 0],
    ['throw', 1],
  ])('goes when the process comes to its %s', async (how, code) => {
    const { where, ended } = await placed(how);
    expect(await ended).toBe(code);
    expect(existsSync(where)).toBe(false);
    expect(existsSync(dirname(where))).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('goes on %s, which still ends the process', async (signal) => {
    const { where, ended, child } = await placed('stay');
    expect(existsSync(where)).toBe(true);
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(existsSync(where)).toBe(false);
  });

  test('of a killed process is swept by the next', async () => {
    const { where, ended, child } = await placed('stay');
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(where)).toBe(true);
    const store = temporaryStore();
    expect(existsSync(where)).toBe(false);
    expect(existsSync(store.where)).toBe(true);
    await store.close();
    expect(existsSync(store.where)).toBe(false);
  });
});
