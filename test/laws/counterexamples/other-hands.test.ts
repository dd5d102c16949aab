import { expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { memoryStore, type Step } from '@millrace/core';
import { map, rowsSource } from '@millrace/stages';
import type { Opened } from '../../../packages/millrace/src/command/opened.js';
import { sampleStage } from '../../../packages/millrace/src/command/verify-sample.js';
import { folder } from '../files.js';
import { codeReader, go } from '../kit.js';
import { lab, planOf } from '../lab.js';
import { asksAll, ran, rows } from './world.js';

test('L3 a writer that slept while another took over writes on in a journal of its own: no answer is lost or mixed', async () => {
  const root = folder();
  const identity = 'ab'.repeat(16);
  const [slept, other] = [openStore(root), openStore(root)];
  const [first, second] = [slept.journal(identity, 0), other.journal(identity, 0)];
  for (const [journal, text] of [
    [first, 'before it slept'],
    [second, 'by the other'],
    [first, 'after it slept'],
    [second, 'by the other again'],
  ] as const)
    journal.append(Buffer.from(text));
  first.close();
  second.close();
  const frames = [...slept.journals(identity, 0)].flatMap((journal) => [...journal.frames]);
  expect(frames.map((frame) => Buffer.from(frame).toString()).sort()).toEqual([
    'after it slept',
    'before it slept',
    'by the other',
    'by the other again',
  ]);
  await slept.close();
  await other.close();
});

test('L7 a sample of what is stored is compared only where the same row gives the same bits again', async () => {
  const store = memoryStore();
  let times = 0;
  const of = (nature: 'pure' | 'answered' | 'sampling') =>
    map(rowsSource(rows(0, 5)), {
      reads: ['id'],
      version: nature,
      nature,
      run: ({ id }) => ({ got: nature === 'pure' && id < 3 ? id : ++times }),
    });
  const outputs = { pure: of('pure'), answered: of('answered'), sampling: of('sampling') };
  await ran(store, outputs);
  const { steps } = await planOf(store, outputs);
  const opened = { store, ports: { store, code: codeReader, base: '/' } } as unknown as Opened;
  const sampled = (name: string) => sampleStage(steps.find((step) => step.name === name) as Step, 1, opened);
  expect(await sampled('pure')).toMatchObject({ rows: 5, different: 2 });
  expect([await sampled('answered'), await sampled('sampling')]).toEqual([undefined, undefined]);
});

test('L8 what a run reuses is not swept under its hands', async () => {
  const root = folder();
  const world = lab(openStore(root));
  await go(world, asksAll(world, rows(0, 6)));
  const sweeper = openStore(root);
  let swept = 0;
  const below = () => {
    const { answers } = asksAll(world, rows(0, 6));
    const sweeps = (text: string) => {
      swept += sweeper.gc({ graceMs: 0, maxBytes: 0 }).objects.length;
      return { out: text };
    };
    const c = { from: 'answer', into: 'below' };
    return { answers, below: world.k.rowStage(answers, c, { name: 'sweeps', nature: 'answered', answer: sweeps }) };
  };
  await sweeper.putBytes(Buffer.from('of nobody'));
  const went = await go(world, below());
  expect([went.outcome?.ended, went.did['answers'], went.calls]).toEqual(['done', 'reused', []]);
  const answers = (await went.rows('answers')).map((row) => row['answer']);
  expect((await went.rows('below')).map((row) => row['below'])).toEqual(answers);
  expect(swept).toBeGreaterThan(0);
  await sweeper.close();
  await world.store.close();
});
