import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openStore } from '../src/index.js';
import { procKernel, psKernel } from '../src/kernel.js';
import { askKernel, kernelSays, nameOf, whoAmI, whoIs } from '../src/process.js';
import { folders, linesOf, start, until } from './process/start.js';

const at = folders();
const KERNELS = existsSync('/proc/self/stat') ? (['proc', 'ps'] as const) : (['ps'] as const);

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  askKernel(KERNELS[0]);
});

describe.each(KERNELS)('as %s tells it, a process', (kernel) => {
  test('lives under its number and its start, and no other process does', () => {
    askKernel(kernel);
    const me = whoAmI();
    expect(Number(me.start)).toBeGreaterThan(0);
    expect(whoIs(`${nameOf(me)}.0badcafe`)).toEqual(me);
    expect(kernelSays(me)).toBe('alive');
    expect(kernelSays({ ...me, start: `${Number(me.start) + 100}` })).toBe('dead');
    expect(kernelSays({ ...me, pid: 2 ** 22 + 5 })).toBe('dead');
    expect(kernelSays({ ...me, host: 'another' })).toBe('unknown');
    expect(kernelSays({ ...me, boot: '00000000' })).toBe('unknown');
  });

  test('is dead once it ended, also while its parent has not yet asked how', async () => {
    askKernel(kernel);
    const parent = spawn('/bin/sh', ['-c', '(echo $(exec sh -c "echo \\$PPID"); exit 0) & exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const me = whoAmI();
    const pid = Number(said);
    await until(() => kernelSays({ ...me, pid }) === 'dead');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(() => kernelSays({ ...me, pid: parent.pid ?? 0 }) === 'dead');
  });

  test('never holds a lock that another holds', async () => {
    askKernel(kernel);
    const all = [1, 2, 3].map(() => start('count', at.root, at.side, 10, kernel));
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(readFileSync(at.side, 'utf8')).toBe('30');
  });

  test('that stands still keeps its lock; killed then, it blocks nobody and leaves nothing', async () => {
    askKernel(kernel);
    const holder = start('hold', at.root, at.side, 0, kernel);
    started.push(holder.child);
    await until(() => linesOf(at.side).length > 0);
    holder.child.kill('SIGSTOP');
    const store = openStore(at.root, { patienceMs: 20 });
    await expect(store.lock('held', AbortSignal.timeout(300))).rejects.toThrow();
    holder.child.kill('SIGKILL');
    await holder.ended;
    const lock = await store.lock('held', new AbortController().signal);
    expect(lock.held()).toBe(true);
    await store.close();
  });
});

(KERNELS[0] === 'proc' ? test : test.skip)(
  'a process that ends in the midst of a look is gone, and no error',
  async () => {
    const parent = spawn('/bin/sh', ['-c', 'while read again; do sleep 0.01 & echo $!; wait; done'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    started.push(parent);
    for (let ends = 0; ends < 40; ends++) {
      parent.stdin.write('again\n');
      const [said] = (await once(parent.stdout, 'data')) as [Buffer];
      while (procKernel.process(Number(said)));
    }
    expect(procKernel.process(parent.pid ?? 0)).toMatchObject({ ended: false });
  },
);

describe('ps of other systems', () => {
  const asked = (answers: Readonly<Record<string, string>>) =>
    psKernel((program, args) => answers[`${program} ${args[0] === '-n' ? args[1] : 'process'}`]);

  test('says when a process began, whatever the day looks like', () => {
    const began = (text: string) => asked({ 'ps process': text }).process(1);
    expect(began('Mon Nov  3 05:05:31 2025     Ss+\n')).toEqual({ start: '1762146331', ended: false });
    expect(began('  Fri Jan 31 23:59:59 2025 Z    \n')).toEqual({ start: '1738367999', ended: true });
    for (const text of ['', 'ps: bad -o argument', '  PID TTY\n']) expect(began(text)).toBe(undefined);
  });

  test('names the start of the machine by what each system has', () => {
    expect(asked({ 'sysctl kern.bootsessionuuid': 'A-1\n', 'sysctl kern.boottime': 'x' }).boot()).toBe('A-1');
    const bsd = '{ sec = 1700000000, usec = 5 } Tue Nov 14 22:13:20 2023\n';
    expect(asked({ 'sysctl kern.boottime': bsd }).boot()).toBe('1700000000');
    expect(asked({}).boot()).toBe(undefined);
  });
});
