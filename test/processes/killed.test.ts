import { rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { times } from '../campaign.js';
import { chance } from '../chance.js';
import type { Order } from './child.js';
import { questionsOf, type Shape } from './graph.js';
import type { Report } from './once.js';
import { askedAgain, callsOf, folders, type Line, start, until } from './start.js';

const { at } = folders();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const shapeOf = (more: Partial<Shape> = {}): Shape => ({
  rows: [0, 150],
  bytes: 200,
  waitMs: 2,
  concurrency: 4,
  side: at('side'),
  ...more,
});

type Run = Extract<Order, { act: 'run' }>;
const run = (shape: Shape, asked: Run['asked'] = {}): Run => ({ act: 'run', store: at('store'), shape, asked });

/** What a run from nothing gives, and how long it takes: instants are chosen within that. */
const fresh = async (shape: Shape, asked: Run['asked'] = {}): Promise<{ report: Report; ms: number }> => {
  const process = start({ ...run({ ...shape, side: at('side of a fresh run') }, asked), store: at('fresh') });
  await process.said((line) => line.begun !== undefined);
  const began = performance.now();
  const report = await process.report();
  expect(report).toMatchObject({ ended: 'done', errors: [] });
  return { report, ms: performance.now() - began };
};

interface Killing {
  readonly kills: number;
  /** From when on, and within how long. */
  readonly after: (line: Line) => boolean;
  readonly withinMs: number;
  readonly salt: number;
  /** What is asked the next time. */
  readonly again?: () => Promise<Run>;
}

const begun = (line: Line): boolean => line.begun !== undefined;

/** Killed at random instants, begun again each time, and let be in the end. */
async function killed(
  first: Run,
  { kills, after, withinMs, salt, again }: Killing,
): Promise<{ report: Report; killed: number }> {
  const random = chance(salt);
  let count = 0;
  for (let i = 0; i < kills; i++) {
    const process = start((await again?.()) ?? first);
    if (await process.said(after)) await pause(random() * withinMs);
    process.child.kill('SIGKILL');
    if ((await process.ended) === 'SIGKILL') count++;
    expect(process.lines().filter(({ error }) => error)).toEqual([]);
  }
  return { report: await start((await again?.()) ?? first).report(), killed: count };
}

/** Which entry shows the answers now: a process that is killed may have no time left to say that it made one. */
const answersShown = async (): Promise<number | undefined> => {
  const store = openStore(at('store'));
  const shown = [...store.entries()].find(({ detail }) => (detail['names'] as readonly string[]).includes('answers'));
  await store.close();
  return shown?.counter;
};

const same = (report: Report, as: Report): void => {
  expect(report).toMatchObject({ ended: 'done', errors: [], damaged: [] });
  expect(report.contents).toEqual(as.contents);
  expect(report.digests).toEqual(as.digests);
};

const sound = async (): Promise<void> => {
  const store = openStore(at('store'));
  expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
  await store.close();
};

/** All together 10, 57, or a thousand. */
const KILLS = (some: number): number => times(Math.ceil(some / 2), some * 3, some * 53);

test('killed at any instant: no answer is asked for twice but those in flight, and the end is the same to the bit', async () => {
  const shape = shapeOf();
  const { report: as, ms } = await fresh(shape);
  const { report, killed: count } = await killed(run(shape), { kills: KILLS(4), after: begun, withinMs: ms, salt: 1 });
  same(report, as);
  const calls = callsOf(shape, 'answers');
  expect(new Set(calls).size).toBe(150);
  expect(askedAgain(calls)).toBeLessThanOrEqual(count * 4);
  expect(askedAgain(callsOf(shape, 'model'))).toBeLessThanOrEqual(count);
  await sound();
});

test('killed while answers roll into segments: the same', async () => {
  const shape = shapeOf({ rows: [0, 150], bytes: 256 << 10, waitMs: 0, concurrency: 3 });
  const { report: as, ms } = await fresh(shape);
  const after = ({ started }: Line) => started === 'answers';
  const { report, killed: count } = await killed(run(shape), { kills: KILLS(2), after, withinMs: ms / 2, salt: 2 });
  same(report, as);
  const calls = callsOf(shape, 'answers');
  expect(new Set(calls).size).toBe(150);
  expect(askedAgain(calls)).toBeLessThanOrEqual(count * 3);
  await sound();
});

test.each(['answers', 'measured', 'chosen', 'sorted'])('killed about the commit of %s: the same', async (stage) => {
  const shape = shapeOf({ rows: [0, 40], waitMs: 0 });
  const { report: as } = await fresh(shape);
  const after = ({ started }: Line) => started === stage;
  const { report, killed: count } = await killed(run(shape), {
    kills: KILLS(1),
    after,
    withinMs: 15,
    salt: 3 + stage.length,
  });
  same(report, as);
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(count * 4);
  await sound();
});

test('killed while a folder is made: it goes on from the step it was at', async () => {
  const shape = shapeOf({ rows: [0, 20], waitMs: 0, steps: 40 });
  const { report: as } = await fresh(shape);
  const after = ({ started }: Line) => started === 'model';
  const { report, killed: count } = await killed(run(shape), { kills: KILLS(2), after, withinMs: 120, salt: 11 });
  same(report, as);
  const steps = callsOf(shape, 'model');
  expect(new Set(steps).size).toBe(40);
  expect(askedAgain(steps)).toBeLessThanOrEqual(count);
  expect(askedAgain(callsOf(shape, 'answers'))).toBeLessThanOrEqual(count * 4);
  await sound();
});

test('killed, its rows edited, begun again: what was answered counts for the rows that are still there', async () => {
  const before = shapeOf({ waitMs: 4 });
  const shape = { ...before, rows: [30, 180], edited: 10 } as const;
  const { report: as } = await fresh(shape);
  const random = chance(12);
  let count = 0;
  for (let i = 0; i < KILLS(1); i++) {
    const process = start(run(i % 2 === 0 ? before : shape));
    const enough = callsOf(shape, 'answers').length + 40 + random() * 60;
    await until(() => process.child.exitCode !== null || callsOf(shape, 'answers').length > enough);
    process.child.kill('SIGKILL');
    if ((await process.ended) === 'SIGKILL') count++;
  }
  same(await start(run(shape)).report(), as);
  const calls = callsOf(shape, 'answers');
  const wanted = new Set([...questionsOf(before), ...questionsOf(shape)]);
  expect(calls.filter((question) => !wanted.has(question))).toEqual([]);
  expect(askedAgain(calls)).toBeLessThanOrEqual(count * 4);
  await sound();
});

test('a forced redraw that is killed goes on with what it had drawn', async () => {
  const shape = shapeOf();
  const first = await start(run(shape)).report();
  const redrawn = { ...shape, day: 1, side: at('side of the redraw') };
  const { report: as, ms } = await fresh(redrawn);
  const before = await answersShown();
  const { report, killed: count } = await killed(run(redrawn), {
    kills: KILLS(3),
    after: ({ started }) => started === 'answers',
    withinMs: ms,
    salt: 13,
    again: async () => run(redrawn, (await answersShown()) === before ? { force: ['answers'] } : {}),
  });
  same(report, as);
  const calls = callsOf(redrawn, 'answers');
  expect(new Set(calls).size).toBe(150);
  expect(askedAgain(calls)).toBeLessThanOrEqual(count * 4);
  expect(report.contents['answers']).not.toBe(first.contents['answers']);
  await sound();
});

test('a redraw that is killed about its end, all of it drawn: nothing is drawn again', async () => {
  const shape = shapeOf({ rows: [0, 60] });
  await start(run(shape)).report();
  const random = chance(14);
  for (let day = 1; day <= KILLS(3); day++) {
    const redrawn = { ...shape, day, side: at(`side of day ${day}`) };
    const before = await answersShown();
    const process = start(run(redrawn, { force: ['answers'] }));
    await until(() => callsOf(redrawn, 'answers').length === 60);
    await pause(3 + random() * 25);
    process.child.kill('SIGKILL');
    await process.ended;
    const done = (await answersShown()) !== before;
    const report = await start(run(redrawn, done ? {} : { force: ['answers'] })).report();
    expect(report).toMatchObject({ ended: 'done', errors: [] });
    expect(askedAgain(callsOf(redrawn, 'answers'))).toBeLessThanOrEqual(4);
    expect(report.contents['answers']).toBe((await fresh(redrawn)).report.contents['answers']);
    rmSync(at('fresh'), { recursive: true });
  }
  await sound();
});
