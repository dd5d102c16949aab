import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { filesIn } from './damage.js';
import type { Shape } from './graph.js';
import type { Report } from './once.js';
import { askedAgain, callsOf, folders, type How, type Started, start, until, withRights } from './start.js';

const mounted: string[] = [];
// Before the hook that removes the folder.
afterEach(() => {
  for (const path of mounted.splice(0)) execFileSync('umount', ['-l', path]);
});

const { at } = folders();

const shapeOf = (more: Partial<Shape> = {}): Shape => ({
  rows: [0, 60],
  bytes: 200,
  waitMs: 5,
  concurrency: 3,
  side: at('side'),
  ...more,
});

const begin = (shape: Shape, how: How = {}): Started => start({ act: 'run', store: at('store'), shape }, how);
const fresh = (shape: Shape): Promise<Report> =>
  start({ act: 'run', store: at('fresh'), shape: { ...shape, side: at('side of a fresh run') } }).report();

const same = async (report: Report, shape: Shape): Promise<void> => {
  const as = await fresh(shape);
  expect(report).toMatchObject({ ended: 'done', errors: [] });
  expect([report.contents, report.digests]).toEqual([as.contents, as.digests]);
};

/** Only root can mount; elsewhere that is said. */
const mount = (options: string): boolean => {
  try {
    mkdirSync(at('store'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at('store')], { stdio: 'ignore' });
    mounted.push(at('store'));
    return true;
  } catch {
    console.warn('skipped: this user cannot mount a file system');
    return false;
  }
};

const remount = (options: string): void => void execFileSync('mount', ['-o', `remount,${options}`, at('store')]);

/** All that can be read is what it should be, and what the records name is there. */
const sound = async (): Promise<void> => {
  const store = openStore(at('store'));
  expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
  await store.close();
};

/** What, where, why, what now. */
const clear = ({ errors }: Report, what: RegExp): void => {
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.filter((error) => !error.includes(at('store')) || !what.test(error))).toEqual([]);
};

/** Of the answers, or of what is made of them when all are there. */
test.each([
  ['answers', 3],
  ['the segment', 6],
])('a disk that is full in the middle of %s: said in four parts, what was answered is kept', async (_, size) => {
  if (!mount(`size=${size}m`)) return;
  const shape = shapeOf({ bytes: 64 << 10, waitMs: 0 });
  const report = await begin(shape).report();
  expect(['failed', 'broken']).toContain(report.ended);
  clear(report, /cannot be .*\n?.*disk is full.*Free some space.*run again/s);
  expect(callsOf(shape, 'answers').length < 60).toBe(size === 3);
  remount('size=64m');
  await sound();
  const again = await begin(shape).report();
  expect(new Set(callsOf(shape, 'answers')).size).toBe(60);
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(3);
  await same(again, shape);
  await sound();
});

test('a disk that is full already: said before anything is asked for', async () => {
  if (!mount('size=1m')) return;
  const shape = shapeOf();
  const report = await begin(shape).report();
  clear(report, /has \d+ kB left.*Nothing was asked for.*Free some space.*run again/s);
  expect(callsOf(shape, 'answers')).toEqual([]);
  remount('size=64m');
  await same(await begin(shape).report(), shape);
});

test('files that may grow no larger: the same', async () => {
  const shape = shapeOf({ bytes: 64 << 10, waitMs: 0 });
  const report = await begin(shape, { before: 'ulimit -f 2000' }).report();
  expect(['failed', 'broken']).toContain(report.ended);
  clear(report, /larger than this system allows.*Raise the limit.*run again/s);
  expect(callsOf(shape, 'answers').length).toBeLessThan(60);
  await sound();
  await same(await begin(shape).report(), shape);
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(3);
  await sound();
});

test('a store made read-only in between: hits are hits, what is new is computed for this run only', async () => {
  if (!mount('size=64m')) return;
  const shape = shapeOf({ waitMs: 0 });
  await begin(shape).report();
  remount('ro');
  const before = filesIn(at('store'));
  expect((await begin(shape).report()).did).toMatchObject({ answers: 'reused', judged: 'reused' });
  const edited = { ...shape, rows: [10, 70] } as const;
  const report = await begin(edited).report();
  expect(report.did).toMatchObject({ answers: 'ran 10' });
  await same(report, edited);
  expect(filesIn(at('store'))).toEqual(before);
  remount('rw');
  const again = await begin(edited).report();
  expect(again.did).toMatchObject({ answers: 'ran 10' });
  expect([again.contents, again.digests]).toEqual([report.contents, report.digests]);
});

const rights = (folder: string, may: boolean): void => {
  for (const name of readdirSync(folder))
    if (statSync(join(folder, name)).isDirectory()) rights(join(folder, name), may);
  chmodSync(folder, may ? 0o777 : 0o555);
};

test('rights that are taken away in the middle: said in four parts; given back, it goes on', async () => {
  const shape = shapeOf();
  const how = withRights();
  if (!how) return;
  chmodSync(at('.'), 0o777);
  const running = begin(shape, how);
  await until(() => callsOf(shape, 'answers').length > 15);
  rights(at('store'), false);
  const report = await running.report();
  rights(at('store'), true);
  expect(['failed', 'broken']).toContain(report.ended);
  clear(report, /cannot be .*no right.*Give the right/s);
  const again = await begin(shape, how).report();
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(3);
  await same(again, shape);
});

test('a store that is moved away in the middle: said in four parts, and not made anew; put back, it goes on', async () => {
  const shape = shapeOf();
  const running = begin(shape);
  await until(() => callsOf(shape, 'answers').length > 15);
  renameSync(at('store'), at('elsewhere'));
  const report = await running.report();
  expect(['failed', 'broken']).toContain(report.ended);
  clear(report, /gone|not there any more.*put it back/s);
  expect(existsSync(at('store'))).toBe(false);
  renameSync(at('elsewhere'), at('store'));
  const again = await begin(shape).report();
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(3);
  await same(again, shape);
  await sound();
});

test('a store that is removed in the middle: said, and the next run begins from nothing', async () => {
  const shape = shapeOf();
  const running = begin(shape);
  await until(() => callsOf(shape, 'answers').length > 15);
  renameSync(at('store'), at('elsewhere'));
  rmSync(at('elsewhere'), { recursive: true });
  const report = await running.report();
  clear(report, /gone|not there any more.*put it back/s);
  expect(existsSync(at('store'))).toBe(false);
  await same(await begin(shape).report(), shape);
});
