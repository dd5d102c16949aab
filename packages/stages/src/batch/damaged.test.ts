import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import type { RunEvent } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { generate } from '../generate/generate.js';
import { model } from '../models/model.js';
import { type BatchServer, startBatchServer } from '../models/testing/batch-server.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';

let root: string;
let server: BatchServer;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-batch-'));
});
beforeEach(async () => {
  server = await startBatchServer();
});
afterEach(() => server.close());
afterAll(() => remove(root));

let folders = 0;
const fresh = (): string => join(root, String(folders++));

const asked = (rows: number) => ({
  answers: generate(
    rowsSource(Array.from({ length: rows }, (_, i) => ({ question: `${i} + ${i}` }))),
    { model: model('mini', { baseURL: server.baseURL, temperature: 0 }), prompt: '{{question}}', into: 'answer' },
    { via: 'batch', batch: { pollMs: 5, graceMs: 60, most: 4 } },
  ),
});

async function run(place: string, rows: number) {
  const store = openStore(place);
  try {
    const { out, events } = await runOn(store, asked(rows));
    return { answers: await out.answers.column('answer'), said: notices(events) };
  } finally {
    await store.close();
  }
}

const notices = (events: readonly RunEvent[]): string =>
  events.flatMap((event) => (event.is === 'notice' ? [event.text] : [])).join('\n');

const sums = (rows: number): string[] => Array.from({ length: rows }, (_, i) => String(2 * i));

const kept = (place: string, ending: string): string[] =>
  readdirSync(join(place, 'work'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const edit = (file: string, by: (text: string) => string) => writeFileSync(file, by(readFileSync(file, 'utf8')));

/** All that the store knows of the rows but what was collected of the batches. */
function loseRows(place: string): void {
  for (const room of ['records', 'rows', 'objects', 'journals'])
    rmSync(join(place, room), { recursive: true, force: true });
}

const everyDigit = (text: string) =>
  text.replaceAll(/"content":"(\d)/g, (_, digit) => `"content":"${9 - Number(digit)}`);

describe('results of a batch that were kept and damaged are read again from the provider', () => {
  const DAMAGE: Readonly<Record<string, (text: string) => string>> = {
    'every answer changed': everyDigit,
    'every answer changed, and the seals gone': (text) => everyDigit(text).replaceAll(/^\S+ /gm, ''),
    'a line of one row as that of another': (text) => {
      const [first = '', second = '', ...rest] = text.split('\n');
      return [
        first.replace(/^\S+ .*/, (line) => line.split(' ')[0] + second.slice(second.indexOf(' '))),
        second,
        ...rest,
      ].join('\n');
    },
    'cut in a line': (text) => text.slice(0, -20),
    'cut between lines': (text) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1),
    empty: () => '',
    'other bytes': () => '\0\0 {"id":\n{}\nnull\n[]\n',
  };
  test.each(Object.entries(DAMAGE))('%s', async (_, damage) => {
    const place = fresh();
    await run(place, 6);
    for (const file of kept(place, '.results')) edit(file, damage);
    loseRows(place);
    const { answers, said } = await run(place, 6);
    expect(answers).toEqual(sums(6));
    expect(said).toMatch(/were changed or cut, and are not used: they are read again/);
    expect(server.batches.map(({ ids }) => ids.length)).toEqual([4, 2]);
    expect((await run(place, 7)).answers).toEqual(sums(7));
    expect(server.batches.map(({ ids }) => ids.length)).toEqual([4, 2, 1]);
  });

  test('gone altogether', async () => {
    const place = fresh();
    await run(place, 3);
    for (const file of kept(place, '.results')) rmSync(file);
    loseRows(place);
    expect([(await run(place, 3)).answers, server.batches.length]).toEqual([sums(3), 1]);
  });

  test('what is as it was kept is used, and nobody is asked', async () => {
    const place = fresh();
    await run(place, 6);
    loseRows(place);
    const seen = server.seen.length;
    expect([(await run(place, 6)).answers, server.seen.length]).toEqual([sums(6), seen]);
  });
});

describe('the note of a batch that was damaged', () => {
  test('while its results are wanted: the provider knows it by its tag, and nothing is sent again', async () => {
    const place = fresh();
    await run(place, 6);
    for (const file of kept(place, '.json')) edit(file, (text) => text.slice(0, 30));
    loseRows(place);
    const { answers, said } = await run(place, 6);
    expect([answers, server.batches.length]).toEqual([sums(6), 2]);
    expect(said).toMatch(/What was noted of a batch was damaged/);
  });

  test('stops no other rows', async () => {
    const place = fresh();
    await run(place, 6);
    for (const file of kept(place, '.json')) edit(file, () => '{');
    expect((await run(place, 7)).answers).toEqual(sums(7));
    expect(server.batches.map(({ ids }) => ids.length)).toEqual([4, 2, 1]);
  });

  test('of a batch that the provider does not have: its rows are sent, once', async () => {
    const place = fresh();
    await run(place, 3);
    const [note = ''] = kept(place, '.json');
    rmSync(note);
    writeFileSync(join(note, '..', '00000000-0000-0000-0000-000000000000.json'), '{');
    loseRows(place);
    expect((await run(place, 3)).answers).toEqual(sums(3));
    expect(server.batches.map(({ ids }) => ids.length)).toEqual([3, 3]);
  });
});

test('a line that the provider itself gives torn, each time, costs its own row only', async () => {
  server.behave({ torn: 1000 });
  const store = openStore(fresh());
  const { out } = await runOn(store, {
    answers: generate(
      rowsSource([{ question: '1 + 1' }, { question: '2 + 2' }]),
      { model: model('mini', { baseURL: server.baseURL, temperature: 0 }), prompt: '{{question}}', into: 'answer' },
      { via: 'batch', batch: { pollMs: 5, graceMs: 60, retries: 0 } },
    ),
  });
  expect((await out.answers.failures()).length).toBe(1);
  await store.close();
});
