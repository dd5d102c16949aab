import { expect, test } from '@jest/globals';
import { letGo, type Shape } from './graph.js';
import type { Report } from './once.js';
import { askedAgain, callsOf, folders, type Line, type Started, start, until } from './start.js';

const { at } = folders();

const shapeOf = (more: Partial<Shape> = {}): Shape => ({
  rows: [0, 60],
  bytes: 200,
  waitMs: 3,
  concurrency: 6,
  side: at('side'),
  ...more,
});

const begin = (shape: Shape): Started => start({ act: 'run', store: at('store'), shape });
const fresh = (shape: Shape): Promise<Report> =>
  start({ act: 'run', store: at('fresh'), shape: { ...shape, side: at('side of a fresh run') } }).report();

const isHeard = ({ heard }: Line): boolean => heard !== undefined;

const same = async (report: Report, shape: Shape): Promise<void> => {
  const as = await fresh(shape);
  expect(report).toMatchObject({ ended: 'done', errors: [], damaged: [] });
  expect([report.contents, report.digests]).toEqual([as.contents, as.digests]);
};

test('a first Ctrl-C takes no more work and keeps all that is in flight: nothing is asked twice', async () => {
  const shape = shapeOf();
  const first = begin({ ...shape, held: { stage: 'answers', after: 15 } });
  await until(() => callsOf(shape, 'answers').length > 15);
  first.child.kill('SIGINT');
  expect(await first.said(isHeard)).toBe(true);
  letGo(shape);
  const report = await first.report();
  expect(report).toMatchObject({ ended: 'interrupted', did: { answers: 'failed', measured: 'skipped' } });
  expect(report.errors).toEqual([expect.stringMatching(/interrupted.*kept.*goes on from here/)]);
  const known = callsOf(shape, 'answers').length;
  expect(known).toBeLessThan(60);
  const second = await begin(shape).report();
  expect(second.did['answers']).toBe(`ran ${60 - known}`);
  expect(callsOf(shape, 'answers').length).toBe(60);
  expect(askedAgain(callsOf(shape, 'answers'))).toBe(0);
  await same(second, shape);
});

test('a whole stage that is at work comes to its end and counts', async () => {
  const shape = shapeOf({ rows: [0, 12], waitMs: 0, steps: 60 });
  const first = begin({ ...shape, held: { stage: 'model', after: 20 } });
  await first.said(({ started }) => started === 'model');
  first.child.kill('SIGINT');
  expect(await first.said(isHeard)).toBe(true);
  letGo(shape);
  const report = await first.report();
  expect(report).toMatchObject({ ended: 'interrupted', did: { model: 'ran all', judged: 'skipped' } });
  const second = await begin(shape).report();
  expect(second.did).toMatchObject({ model: 'reused', judged: expect.stringMatching(/^ran/) });
  expect(askedAgain(callsOf(shape, 'model'))).toBe(0);
  await same(second, shape);
});

test('who waits for another process stops waiting', async () => {
  const shape = shapeOf();
  const holder = begin({ ...shape, held: { stage: 'answers', after: 5 } });
  await until(() => callsOf(shape, 'answers').length > 5);
  holder.child.kill('SIGSTOP');
  const waiting = begin(shape);
  expect(await waiting.said((line) => line.waiting === 'answers')).toBe(true);
  waiting.child.kill('SIGINT');
  expect(await waiting.report()).toMatchObject({ ended: 'interrupted', did: { answers: 'failed' } });
  letGo(shape);
  holder.child.kill('SIGCONT');
  await same(await holder.report(), shape);
  expect(askedAgain(callsOf(shape, 'answers'))).toBe(0);
});

test('a second Ctrl-C stops at once: only what was in flight is asked again', async () => {
  const shape = shapeOf();
  const first = begin({ ...shape, held: { stage: 'answers', after: 8 } });
  await until(() => callsOf(shape, 'answers').length > 8);
  first.child.kill('SIGINT');
  expect(await first.said(isHeard)).toBe(true);
  first.child.kill('SIGINT');
  // It does not wait for what is in flight; a process of Node does.
  expect(await first.said(({ report }) => report !== undefined)).toBe(true);
  letGo(shape);
  expect((await first.report()).errors.at(0)).toBe('unsubscribed');
  await same(await begin(shape).report(), shape);
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(6);
  expect(new Set(callsOf(shape, 'answers')).size).toBe(60);
});
