import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  begin,
  built,
  project,
  read,
  removeProjects,
  type Said,
  statuses,
} from '../../packages/millrace/test/command/millrace.js';
import { type BatchServer, startBatchServer } from '../../packages/stages/src/models/testing/batch-server.js';
import { CAMPAIGN } from '../campaign.js';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const REDIRECT = pathToFileURL(fileURLToPath(new URL('redirect.mjs', import.meta.url))).href;

/** Frames of the journal that are whole: its last one was cut. */
const IN_THE_JOURNAL = 24;
const EXPORTED = ['answers', 'totals', 'sorted', 'scores', 'vectors'];

let server: BatchServer;
let folder: string;

beforeEach(async () => {
  built();
  server = await startBatchServer({ dimensions: 16 });
  folder = project({});
  const from = join(FIXTURES, 'store-0.1.0');
  for (const name of ['data', 'pipeline.ts', 'report.mjs', 'package.json'])
    cpSync(join(from, name), join(folder, name), { recursive: true });
  cpSync(join(from, 'store'), join(folder, '.millrace'), { recursive: true });
  // The holder was on another machine: without its beat it is dead at once, with it it is waited for.
  if (CAMPAIGN === 'short') rmSync(join(folder, '.millrace/alive'), { recursive: true });
});
afterEach(() => server.close());
afterAll(removeProjects);

const millrace = (...words: string[]): Promise<Said> =>
  begin(folder, words, { NODE_OPTIONS: `--import ${REDIRECT}`, MODELS_TEST: server.baseURL }).end;

const asked = (): string[] => server.seen.map(({ method, path }) => `${method} ${path}`);

const prompts = (): string[] =>
  server.seen.map(({ body }) => (body as { messages: { content: string }[] }).messages[0]?.content ?? '');

const rowsOf = (name: string): Record<string, unknown>[] =>
  read(folder, name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const exported = async (name: string): Promise<string> => {
  const { code, err } = await millrace('export', name, '--as', 'jsonl', '--to', `${name}.jsonl`);
  expect([code, err]).toEqual([0, '']);
  return read(folder, `${name}.jsonl`);
};

test('a store of 0.1.0: nothing that it paid for is asked again, and what it shows is what it held', async () => {
  const first = await millrace('run');
  expect([first.code, first.err]).toEqual([0, '']);
  const more = rowsOf('data/more.jsonl').map(({ a, b }) => `What is ${a} * ${b}?`);
  expect(prompts().sort()).toEqual(more.slice(IN_THE_JOURNAL).sort());
  // Scores of 0.1.0 do not tell missing predictions.
  const fresh = ['ran scores.em', 'ran scores.em', 'ran summary', 'ran products'];
  expect(statuses(first.out).filter((line) => !line.startsWith('reused'))).toEqual(fresh);
  for (const name of EXPORTED)
    expect([name, await exported(name)]).toEqual([
      name,
      readFileSync(join(FIXTURES, `store-0.1.0/expected/${name}.jsonl`), 'utf8'),
    ]);
  await exported('products');
  expect(rowsOf('products.jsonl').map(({ answer }) => answer)).toEqual(
    rowsOf('data/more.jsonl').map(({ a, b }) => String(Number(a) * Number(b))),
  );
  expect(filesBelow(join(folder, 'report'))).toEqual(filesBelow(join(FIXTURES, 'store-0.1.0/expected/report')));
  const again = await millrace('run');
  expect(statuses(again.out).filter((line) => !line.startsWith('reused'))).toEqual([]);
  expect(asked()).toHaveLength(more.length - IN_THE_JOURNAL);
});

test('a store of 0.1.0, verified and swept first: still nothing is asked again', async () => {
  const { code, out } = await millrace('verify', '--deep');
  expect([code, out]).toEqual([0, expect.stringContaining('all good')]);
  expect((await millrace('gc')).code).toBe(0);
  expect((await millrace('run')).code).toBe(0);
  expect(asked()).toHaveLength(rowsOf('data/more.jsonl').length - IN_THE_JOURNAL);
});

test('what 0.1.0 swept, without a note of it, is not paid again by a run; who reads it is told what it takes', async () => {
  rmSync(join(folder, '.millrace/objects'), { recursive: true });
  const { code, out } = await millrace('run', 'answers', 'totals', 'vectors');
  expect([code, new Set(statuses(out).map((line) => line.split(' ')[0]))]).toEqual([0, new Set(['reused'])]);
  expect(asked()).toEqual([]);
  expect(await millrace('show', 'answers')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/Cannot read answers: .*millrace run answers\. Or add --remake/),
  });
});

const filesBelow = (at: string): Record<string, string> =>
  Object.fromEntries(
    (
      readdirSync(at, { recursive: true, withFileTypes: true }) as unknown as {
        name: string;
        parentPath: string;
        isFile(): boolean;
      }[]
    )
      .filter((entry) => entry.isFile())
      .map(
        ({ name, parentPath }) =>
          [join(parentPath, name).slice(at.length), readFileSync(join(parentPath, name), 'utf8')] as const,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
