import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { memoryStore, type RunAsked, type Store } from '@millrace/core';
import { smallDisk } from '../testing/mount.js';
import { runOn } from '../testing/run.js';
import { startFile } from '../testing/start.js';
import type { OutputSpecs } from './config.js';
import { End } from './end.js';
import type { CommandOptions } from './run.js';
import { command } from './stage.js';
import { type Project, project } from './testing/project.js';

const child = fileURLToPath(new URL('./testing/taking.ts', import.meta.url));

let here: Project;
beforeEach(() => {
  here = project();
});
afterEach(() => here.remove());

/** Counts its starts, and writes another number each time: what was made by which start is seen. */
const PROGRAM = `
  const fs = require('fs');
  fs.appendFileSync(process.env.SIDE, 'start\\n');
  const starts = fs.readFileSync(process.env.SIDE, 'utf8').split('\\n').length - 1;
  fs.mkdirSync('out/deep');
  fs.writeFileSync('out/deep/weights.bin', String(starts));
  fs.writeFileSync('out/run.sh', '', { mode: 0o755 });`;

const out = (outputs: OutputSpecs = { out: 'folder' }, options: CommandOptions = {}, text = PROGRAM) => ({
  out: command({ argv: ['node', '-e', { text }], outputs }, { pass: ['SIDE'], ...options }) as never,
});

const asking = (...essential: string[]) => out({ out: { folder: true, essential } });

const run = (store: Store, outputs: ReturnType<typeof out>, asked: RunAsked = {}) =>
  runOn(store, outputs, { base: here.base, ...asked });

const failed = (ran: Promise<unknown>): Promise<string> => ran.then(() => 'done', String);

const starts = () => here.said().length;

const notices = (events: Awaited<ReturnType<typeof run>>['events']) =>
  events.flatMap((event) => (event.is === 'notice' ? [event.text] : [])).join('\n');

/** The files of all attempts in a store's work folders, by their paths. */
const workFiles = (root: string) =>
  (readdirSync(join(root, 'work'), { recursive: true }) as string[]).map((name) => join(root, 'work', name));

const fileIn = (root: string, name: string) => workFiles(root).find((path) => path.endsWith(name)) as string;

describe('a program that ended well and whose output was not kept', () => {
  test('a misspelt essential file: corrected, the output is taken over as it is', async () => {
    const store = openStore(join(here.base, 'store'));
    expect(await failed(run(store, asking('deep/wieghts.bin')))).toMatch(
      /out is not complete: deep\/wieghts\.bin missing among 2 files.*correct it and run again: what the program left is taken over/,
    );
    expect([...store.entries()]).toEqual([]);
    expect(await failed(run(store, asking('deep/weihgts.bin')))).toContain('weihgts.bin missing');
    const { out: made, did, events } = await run(store, asking('deep/weights.bin'));
    expect([did.out, starts()]).toEqual(['ran', 1]);
    expect(notices(events)).toContain('node ended well in an earlier run: what it left is taken over');
    const at = await made.out.place(join(here.base, 'placed'));
    expect(readFileSync(join(at, 'deep/weights.bin'), 'utf8')).toBe('1');
    expect(statSync(join(at, 'run.sh')).mode & 0o111).not.toBe(0);
    expect(workFiles(join(here.base, 'store')).filter((path) => statSync(path).isFile())).toEqual([]);
    await store.close();
  });

  test('forced, the program runs anew', async () => {
    const store = memoryStore();
    await failed(run(store, asking('gone')));
    expect(await failed(run(store, asking('gone'), { force: ['out'] }))).toContain('gone missing');
    expect(starts()).toBe(2);
    await run(store, asking(), { force: ['out'] });
    expect(starts()).toBe(3);
  });

  test('run anew, it goes on from no checkpoint of the attempt that ended well', async () => {
    const store = memoryStore();
    const program = (...essential: string[]) =>
      out(
        { out: { folder: true, essential } },
        { checkpoints: ['out/saved'] },
        `${PROGRAM} if (fs.existsSync('out/saved')) process.exit(7); fs.writeFileSync('out/saved', '');`,
      );
    expect(await failed(run(store, program('gone')))).toContain('gone missing');
    expect(await failed(run(store, program(), { force: ['out'] }))).toBe('done');
    expect(starts()).toBe(2);
  });

  test('another program, other words or another output are another run', async () => {
    const store = memoryStore();
    await failed(run(store, asking('gone')));
    await run(store, out(undefined, undefined, `${PROGRAM} // other`));
    await run(store, out({ out: { folder: 'out', notContent: ['run.sh'] } }));
    expect(starts()).toBe(3);
  });

  const root = () => join(here.base, 'store');
  const weights = () => fileIn(root(), 'out/deep/weights.bin');
  const tampered: readonly (readonly [string, () => void])[] = [
    [
      'written into, of the same size and date',
      () => {
        const { atime, mtime } = statSync(weights());
        writeFileSync(weights(), '7');
        utimesSync(weights(), atime, mtime);
      },
    ],
    ['removed', () => rmSync(weights())],
    ['added', () => writeFileSync(join(weights(), '..', 'more'), '')],
    ['made executable', () => chmodSync(weights(), 0o755)],
    ['the folder is gone', () => rmSync(join(weights(), '../..'), { recursive: true })],
    ['what says so is torn', () => writeFileSync(fileIn(root(), 'ended.json'), '{"of":"')],
    [
      'what says so speaks of another',
      () => {
        const path = fileIn(root(), 'ended.json');
        writeFileSync(path, readFileSync(path, 'utf8').replace(/"of":"./, '"of":"x'));
      },
    ],
  ];
  test.each(tampered)('what it left was changed, %s: it runs again', async (_how, change) => {
    const store = openStore(root());
    await failed(run(store, asking('gone')));
    change();
    const { out: made } = await run(store, asking());
    expect(starts()).toBe(2);
    expect(readFileSync(join(await made.out.place(join(here.base, 'placed')), 'deep/weights.bin'), 'utf8')).toBe('2');
    await store.close();
  });

  test('an attempt that failed, that wrote no rows or is no longer the last one is none that ended well', async () => {
    const store = memoryStore();
    const text = `${PROGRAM} process.exit(starts < 2 ? 1 : 0)`;
    expect(await failed(run(store, out(undefined, undefined, text)))).toContain('exit code 1');
    await run(store, out(undefined, undefined, text));
    expect(starts()).toBe(2);
    const rows = `${PROGRAM} fs.writeFileSync('rows.jsonl', starts < 4 ? '{"a":1}\\n{"a' : '{"a":1}')`;
    const both: OutputSpecs = { out: 'folder', rows: { jsonl: true } };
    expect(await failed(run(store, out(both, undefined, rows)))).toContain('rows.jsonl:2 is no JSON');
    await run(store, out(both, undefined, rows));
    expect(starts()).toBe(4);
    const end = new End(join(here.base, 'a'), join(here.base, 'b'));
    const [slow, last] = [await end.begin(), await end.begin()];
    await expect(slow.mark('of the slow one')).rejects.toThrow('ENOENT');
    expect(await end.left()).toBeUndefined();
    await last.mark('of the last one');
    expect(await end.left()).toBe('of the last one');
  });

  test('kill -9 while the output is taken over: the next run takes it over', async () => {
    const killed = startFile(child, [here.base, root(), PROGRAM]);
    while (!killed.output().includes('taking over')) await sleep(5);
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    const store = openStore(root());
    expect([...store.entries()]).toEqual([]);
    expect((await run(store, out())).did.out).toBe('ran');
    expect(starts()).toBe(1);
    expect((await store.verify({ deep: true })).damaged).toEqual([]);
    await store.close();
  });

  const fills = "try { for (;;) fs.appendFileSync('out/big', Buffer.alloc(4096)); } catch {}";
  /** Until most of it was read: more than any pipe holds. */
  const talks = "for (let i = 0; i < 20_000; i++) console.log('word '.repeat(20));";

  test('a disk that the program filled to the last byte: with room, its output is taken over', async () => {
    const disk = smallDisk(join(here.base, 'disk'), 'size=4m');
    if (!disk) return;
    const filled = out(undefined, undefined, `${PROGRAM} ${fills} ${talks}`);
    try {
      const store = openStore(join(disk.path, 'store'));
      expect(await failed(run(store, filled))).toMatch(/ENOSPC|full|room/);
      disk.remount('size=64m');
      expect((await run(store, filled)).did.out).toBe('ran');
      expect(starts()).toBe(1);
      await store.close();
    } finally {
      disk.remove();
    }
  });

  test('a log that finds no room is told, and ends nothing', async () => {
    const disk = smallDisk(join(here.base, 'disk'), 'size=4m');
    if (!disk) return;
    const text = `${PROGRAM} ${fills} ${talks} fs.rmSync('out/big');`;
    try {
      const store = openStore(join(disk.path, 'store'));
      const { did, events } = await run(store, out(undefined, undefined, text));
      expect(did.out).toBe('ran');
      expect(notices(events)).toMatch(/Some of what the program said is in no log: ENOSPC/);
      await store.close();
    } finally {
      disk.remove();
    }
  });
});

describe('a file whose name is no text', () => {
  const odd = (path: string) =>
    `${PROGRAM} if (starts < 2) { const at = Buffer.from(${JSON.stringify(path)}, 'latin1'); if (at.includes('d\\xe9/', 0, 'latin1')) fs.mkdirSync(at.subarray(0, at.lastIndexOf('/'))); fs.writeFileSync(at, ''); }`;

  test.each([
    ['out/caf\xe9', 'out has a file named caf\\xe9,'],
    ['out/deep/caf\xe9', 'out has a file named deep/caf\\xe9,'],
    ['out/d\xe9/x', 'out has a file named d\\xe9,'],
  ])('%j is told, with what to do, and hinders no later attempt', async (path, what) => {
    const store = openStore(join(here.base, 'store'));
    const program = out(undefined, undefined, odd(path));
    const said = await failed(run(store, program));
    expect(said).toContain(what);
    expect(said).toContain('is no text in UTF-8');
    expect(said).toContain('use a name in UTF-8, or rename it');
    const names = execFileSync('find', [join(here.base, 'store', 'work')], { encoding: 'latin1' });
    expect(names).toContain('\xe9');
    expect((await run(store, program)).did.out).toBe('ran');
    expect(starts()).toBe(2);
    expect(existsSync(join(here.base, 'store', 'work'))).toBe(true);
    await store.close();
  });
});
