import { rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { times } from '../campaign.js';
import { chance } from '../chance.js';
import type { Order } from './child.js';
import { letGo, questionsOf, type Shape } from './graph.js';
import type { Report } from './once.js';
import { askedAgain, askerOf, callsOf, folders, otherHosts, type Started, start, until } from './start.js';

const { at } = folders();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const shapeOf = (more: Partial<Shape> = {}): Shape => ({
  rows: [0, 60],
  bytes: 200,
  waitMs: 3,
  concurrency: 4,
  side: at('side'),
  ...more,
});

type Run = Extract<Order, { act: 'run' }>;
const order = (shape: Shape, more: Partial<Run> = {}): Run => ({ act: 'run', store: at('store'), shape, ...more });
const begin = (shape: Shape): Started => start(order(shape));
const fresh = (shape: Shape): Promise<Report> =>
  start(order({ ...shape, waitMs: 0, side: at('side of a fresh run') }, { store: at('fresh') })).report();

const same = (report: Report, as: Report): void => {
  expect(report).toMatchObject({ ended: 'done', errors: [], damaged: [], lost: [] });
  expect([report.contents, report.digests]).toEqual([as.contents, as.digests]);
};

/** Answers ten, and stands in the midst of the next four. */
const HELD: Partial<Shape> = { held: { stage: 'answers', after: 10 } };

/** Whole stages, of which each call is the whole stage. */
const WHOLE = ['questions', 'sorted', 'topics'];
const ROWS = ['answers', 'measured', 'chosen', 'judged', 'model'];

test.each([2, 8])(
  '%i processes run one graph at once: each stage is computed once, all see the same',
  async (count) => {
    const shape = shapeOf();
    const all = Array.from({ length: count }, () => begin(shape));
    const reports = await Promise.all(all.map((each) => each.report()));
    const as = await fresh(shape);
    for (const report of reports) same(report, as);
    for (const stage of WHOLE) expect([stage, callsOf(shape, stage).length]).toEqual([stage, 1]);
    for (const stage of ROWS) expect([stage, askedAgain(callsOf(shape, stage))]).toEqual([stage, 0]);
  },
);

test('four processes whose graphs overlap: what they share is asked once', async () => {
  const shapes = [0, 20, 40, 20].map((from) => shapeOf({ rows: [from, from + 40], limit: 40_000 + from }));
  const reports = await Promise.all(shapes.map((shape) => begin(shape).report()));
  for (const [i, shape] of shapes.entries()) {
    same(reports[i] as Report, await fresh(shape));
    rmSync(at('fresh'), { recursive: true });
  }
  const calls = callsOf(shapeOf(), 'answers');
  expect([...calls].sort()).toEqual(questionsOf({ rows: [0, 80] }).sort());
});

test('one of four is killed in the middle: the others go on, and only what it had in flight is asked again', async () => {
  const shape = shapeOf({ held: { stage: 'answers', after: 20 } });
  const all = Array.from({ length: 4 }, () => begin(shape));
  await until(() => callsOf(shape, 'answers').length > 20);
  const holder = all.find(({ child }) => child.pid === askerOf(shape, 'answers'));
  holder?.child.kill('SIGKILL');
  expect(await holder?.ended).toBe('SIGKILL');
  letGo(shape);
  const as = await fresh(shapeOf());
  for (const each of all.filter((each) => each !== holder)) same(await each.report(), as);
  const calls = callsOf(shape, 'answers');
  expect(new Set(calls).size).toBe(60);
  expect(askedAgain(calls)).toBeLessThanOrEqual(4);
});

test('a holder that stands still is waited for; killed then, it blocks nobody', async () => {
  const shape = shapeOf();
  const still = begin({ ...shape, ...HELD });
  await until(() => callsOf(shape, 'answers').length > 10);
  still.child.kill('SIGSTOP');
  const other = begin(shape);
  expect(await other.said(({ waiting }) => waiting === 'answers')).toBe(true);
  const asked = callsOf(shape, 'answers').length;
  await pause(300);
  expect(callsOf(shape, 'answers').length).toBe(asked);
  still.child.kill('SIGKILL');
  same(await other.report(), await fresh(shape));
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(4);
});

test('a holder that stands still and goes on loses nothing', async () => {
  const shape = shapeOf();
  const still = begin({ ...shape, ...HELD });
  await until(() => callsOf(shape, 'answers').length > 10);
  still.child.kill('SIGSTOP');
  const other = begin(shape);
  await other.said(({ waiting }) => waiting !== undefined);
  letGo(shape);
  still.child.kill('SIGCONT');
  const as = await fresh(shape);
  for (const each of [still, other]) same(await each.report(), as);
  expect(askedAgain(callsOf(shape, 'answers'))).toBe(0);
});

test('a holder that another machine took for dead wakes: it asks nothing more, and takes what the other answered', async () => {
  if (!otherHosts()) return;
  const shape = shapeOf();
  const still = begin({ ...shape, ...HELD });
  await until(() => callsOf(shape, 'answers').length > 10);
  still.child.kill('SIGSTOP');
  const other = start(order({ ...shape, waitMs: 25 }, { open: { patienceMs: 100 } }), { host: 'far' });
  await until(() => callsOf(shape, 'answers').length > 30);
  letGo(shape);
  still.child.kill('SIGCONT');
  const as = await fresh(shape);
  same(await other.report(), as);
  same(await still.report(), as);
  same(await begin(shape).report(), as);
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(4);
});

test('two machines run one graph at once: each stage is computed once', async () => {
  if (!otherHosts()) return;
  const shape = shapeOf();
  const as = await fresh(shape);
  const all = ['near', 'far', 'farther'].map((host) => start(order(shape), { host }));
  for (const each of all) same(await each.report(), as);
  for (const stage of ROWS) expect([stage, askedAgain(callsOf(shape, stage))]).toEqual([stage, 0]);
});

test('a sweep that never pauses takes nothing that another uses', async () => {
  const sweeping = start({ act: 'sweep', store: at('store') });
  const shapes = [0, 10, 20].map((from) => shapeOf({ rows: [from, from + 40] }));
  const rounds = times(1, 2, 10);
  for (let round = 0; round < rounds; round++) {
    const edited = shapes.map((shape) => ({ ...shape, limit: 40_000 + round }));
    const reports = await Promise.all(edited.map((shape) => begin(shape).report()));
    for (const [i, shape] of edited.entries()) {
      same(reports[i] as Report, await fresh(shape));
      rmSync(at('fresh'), { recursive: true });
    }
  }
  expect(askedAgain(callsOf(shapeOf(), 'answers'))).toBe(0);
  expect(sweeping.lines().filter(({ error }) => error)).toEqual([]);
  sweeping.child.kill('SIGKILL');
  await sweeping.ended;
});

test('sweeps that let go all that no live run holds, killed at random: runs meanwhile are right', async () => {
  const random = chance(31);
  const as = await fresh(shapeOf());
  let swept = 0;
  for (let round = 0; round < times(3, 6, 30); round++) {
    const sweeping = start({ act: 'sweep', store: at('store'), maxAgeMs: 0 });
    await sweeping.said((line) => line.swept !== undefined);
    const all = [begin(shapeOf())];
    await pause(random() * 50);
    all.push(begin(shapeOf()));
    await pause(random() * 600);
    sweeping.child.kill('SIGKILL');
    await sweeping.ended;
    expect(sweeping.lines().filter(({ error }) => error)).toEqual([]);
    swept += sweeping.lines().at(-1)?.swept ?? 0;
    for (const each of all) {
      const { contents, ...report } = await each.report();
      expect(report).toMatchObject({ ended: 'done', errors: [], digests: as.digests });
      for (const [name, content] of Object.entries(contents)) expect([as.contents[name], 'damaged']).toContain(content);
    }
  }
  expect(swept).toBeGreaterThan(0);
  const last = await start(order(shapeOf(), { asked: { need: 'all' } })).report();
  expect([last.contents, last.digests]).toEqual([as.contents, as.digests]);
});

test('overlapping graphs, processes killed at random, a sweep all the while: the same answers, each asked once', async () => {
  const random = chance(32);
  const sweeping = start({ act: 'sweep', store: at('store') });
  const shapes = [0, 15, 30, 30].map((from) => shapeOf({ rows: [from, from + 40], limit: 40_000 + from }));
  let kills = 0;
  for (let round = 0; round < times(1, 3, 20); round++) {
    const all = shapes.map(begin);
    await all[0]?.said(({ begun }) => begun !== undefined);
    for (const each of all.slice(0, 3)) {
      await pause(random() * 150);
      each.child.kill('SIGKILL');
      if ((await each.ended) === 'SIGKILL') kills++;
    }
    await all[3]?.report();
  }
  for (const shape of shapes) {
    same(await begin(shape).report(), await fresh(shape));
    rmSync(at('fresh'), { recursive: true });
  }
  expect(askedAgain(callsOf(shapeOf(), 'answers'))).toBeLessThanOrEqual(kills * 4);
  expect(sweeping.lines().filter(({ error }) => error)).toEqual([]);
  sweeping.child.kill('SIGKILL');
  await sweeping.ended;
});
