import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { times } from '../../../test/campaign.js';
import { openStore } from '../src/index.js';
import { folders, letGo, linesOf, start, until } from './process/start.js';

const at = folders();
const never = new AbortController().signal;

describe('many processes on one store', () => {
  test.each([2, 8])('%i processes never hold one lock at once', async (processes) => {
    const all = Array.from({ length: processes }, () => start('count', at.root, at.side, 25));
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual(all.map(() => 0));
    expect(readFileSync(at.side, 'utf8')).toBe(String(processes * 25));
  });

  test('six processes commit one key: every commit has its own number, and the highest is the newest', async () => {
    const all = Array.from({ length: 6 }, () => start('same', at.root, at.side, 20));
    await Promise.all(all.map(({ ended }) => ended));
    const commits = linesOf(at.side).map((line) => line.split(' ').map(Number));
    const counters = commits.map(([counter]) => counter as number);
    expect(new Set(counters).size).toBe(120);
    const [newest, pid, number] = commits.reduce((a, b) => ((a[0] as number) > (b[0] as number) ? a : b));
    const store = openStore(at.root);
    expect(store.entry('5a'.repeat(16))).toMatchObject({ counter: newest, label: `${pid} ${number}` });
    expect(store.cutoff('c0ffee00')?.counter).toBe(newest);
    await store.close();
  });

  test('numbers of one process only grow, whatever the others do', async () => {
    const all = Array.from({ length: 3 }, () => start('same', at.root, at.side, 20));
    for (const { ended, output } of all) expect([await ended, output()]).toEqual([0, '']);
    for (const { child } of all) {
      const mine = linesOf(at.side)
        .filter((line) => line.includes(` ${child.pid} `))
        .map((line) => Number.parseInt(line, 10));
      expect(mine).toHaveLength(20);
      expect([...mine].sort((a, b) => a - b)).toEqual(mine);
    }
  });

  test('killed in turn while they take and give back one lock, they never leave two inside or none able to come in', async () => {
    const rounds = times(4, 8, 50);
    for (let round = 0; round < rounds; round++) {
      const doomed = start('inside', at.root, at.side, 100_000);
      const others = [1, 2].map(() => start('inside', at.root, at.side, 12));
      await until(() => linesOf(at.side).some((line) => line === `${doomed.child.pid} in`));
      await new Promise((resolve) => setTimeout(resolve, (round * 5.7) % 23));
      doomed.child.kill('SIGKILL');
      expect(await doomed.ended).toBe('SIGKILL');
      expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0]);
    }
    const killed = new Set<string>();
    const lines = linesOf(at.side).map((line) => line.split(' ') as [pid: string, what: string]);
    for (const [i, [pid, what]] of lines.entries()) {
      const [before = '', did = 'out'] = lines[i - 1] ?? [];
      if (what === 'out') expect([before, did]).toEqual([pid, 'in']);
      // Whoever was inside before us and did not come out was killed there, and says nothing more.
      else if (did === 'in') killed.add(before);
      expect(killed.has(pid)).toBe(false);
    }
    expect(killed.size).toBeLessThanOrEqual(rounds);
    expect(lines.filter(([, what]) => what === 'in').length).toBeGreaterThanOrEqual(rounds * 25);
  });

  test('a killed holder blocks nobody', async () => {
    const holder = start('hold', at.root, at.side);
    await until(() => linesOf(at.side).length > 0);
    const store = openStore(at.root);
    await expect(store.lock('held', AbortSignal.timeout(100))).rejects.toThrow();
    holder.child.kill('SIGKILL');
    await holder.ended;
    const lock = await store.lock('held', never);
    expect(lock.held()).toBe(true);
    lock.release();
    await store.close();
  });

  test('a suspended holder keeps its lock', async () => {
    const holder = start('hold', at.root, at.side);
    await until(() => linesOf(at.side).length > 0);
    holder.child.kill('SIGSTOP');
    const store = openStore(at.root, { patienceMs: 50 });
    await expect(store.lock('held', AbortSignal.timeout(400))).rejects.toThrow();
    letGo(at.side);
    holder.child.kill('SIGCONT');
    expect(await holder.ended).toBe(0);
    expect(linesOf(at.side).at(-1)).toBe('still true');
    (await store.lock('held', never)).release();
    await store.close();
  });
});
