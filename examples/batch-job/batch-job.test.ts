import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BatchServer, startBatchServer } from '../../packages/stages/src/models/testing/batch-server.js';
import { runsAsExpected } from '../driver/expected.js';
import { ended, Project } from '../driver/project.js';

const ROWS = 1000;
const FAILING = 13;

let project: Project;
let server: BatchServer;

/** The server in the place of a real one. */
function prepare(into: Project, { baseURL }: BatchServer): void {
  into.edit('pipeline.yaml', 'https://api.openai.com/v1', baseURL);
  into.edit('pipeline.yaml', 'poll: 30000', 'poll: 20');
}

beforeAll(async () => {
  server = await startBatchServer();
  project = Project.of('batch-job');
  prepare(project, server);
});

afterAll(async () => {
  project.remove();
  await server.close();
});

const until = async (child: ChildProcess, isSo: () => boolean): Promise<void> => {
  while (!isSo() && child.exitCode === null) await sleep(10);
};

const looks = () => server.seen.filter(({ path, method }) => method === 'GET' && /\/batches\/[^/]+$/.test(path)).length;

test('killed while it waits, twice: the batch was submitted once', async () => {
  server.behave({ looks: 1_000_000 });
  for (const _ of [1, 2]) {
    const before = looks();
    const child = project.start('run', '--json');
    const over = ended(child);
    await until(child, () => looks() > before + 1);
    child.kill('SIGKILL');
    expect((await over).signal).toBe('SIGKILL');
  }
  expect(server.batches.map(({ ids }) => ids.length)).toEqual([ROWS]);
});

test('Ctrl-C leaves it running with the provider, and says so', async () => {
  const before = looks();
  const child = project.start('run');
  const over = ended(child);
  await until(child, () => looks() > before + 1);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await over;
  expect(code).toBe(130);
  expect(stdout + stderr).toMatch(/batch/);
  expect(server.batches.map(({ cancelled }) => cancelled)).toEqual([false]);
});

test('resumed: what came is collected, in any order; only what failed is sent again', async () => {
  const failing = new Set(server.batches[0]?.ids.slice(40, 40 + FAILING));
  server.behave({
    looks: 1,
    shuffled: true,
    twice: true,
    failWith: (id, times) => (failing.has(id) && times < 1 ? 500 : undefined),
  });
  const { code, stages } = await project.run();
  expect(code).toBe(0);
  expect(stages['answers']).toMatchObject({ status: 'ran', rows: ROWS });
  expect(stages['answers']?.failedRows ?? 0).toBe(0);
  expect(server.batches.map(({ ids }) => ids.length)).toEqual([ROWS, FAILING]);
  const times = [...server.times().values()];
  expect([Math.max(...times), times.filter((n) => n > 1).length]).toEqual([2, FAILING]);
  const { is } = await project.json<{ is: { rows: { value: number; n: number }[] } }>('show', 'checked.summary');
  expect(is.rows[0]).toMatchObject({ value: 1, n: ROWS });
});

test('again, and by single calls instead: everything is reused, since how answers are got is no key', async () => {
  const asked = server.seen.length;
  expect(new Set(Object.values((await project.run()).did))).toEqual(new Set(['reused']));
  project.edit('pipeline.yaml', 'via: batch', 'via: calls');
  expect(new Set(Object.values((await project.run()).did))).toEqual(new Set(['reused']));
  expect(server.seen.length).toBe(asked);
  project.edit('pipeline.yaml', 'via: calls', 'via: batch');
});

test('three invoices corrected: a batch of three', async () => {
  const lines = project.read('data/invoices.csv').split('\n');
  const corrected = lines.map((line, at) => {
    const [id, customer, first, second] = line.split(',');
    return [100, 200, 300].includes(at)
      ? [id, customer, Number(first) + 1, second, Number(first) + 1 + Number(second)].join(',')
      : line;
  });
  await project.write('data/invoices.csv', corrected.join('\n'));
  const { did } = await project.run();
  expect(did['answers']).toBe(`ran 3 of ${ROWS}`);
  expect(server.batches.map(({ ids }) => ids.length)).toEqual([ROWS, FAILING, 3]);
});

test('a run, and again, as the page of expected output has them', async () => {
  const provider = await startBatchServer();
  await runsAsExpected('batch-job', (fresh) => prepare(fresh, provider));
  await provider.close();
});
