import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HubServer } from '../../packages/stages/src/models/testing/hub-server.js';
import { runsAsExpected } from '../driver/expected.js';
import { ended, Project } from '../driver/project.js';
import { startDemoHub } from './hub.js';

let hub: HubServer;
let project: Project;

/** The hub in the place of a real one. */
const prepare = (into: Project, { endpoint }: HubServer) =>
  into.edit('pipeline.yaml', 'https://huggingface.co', endpoint);

beforeAll(async () => {
  hub = await startDemoHub();
  project = Project.of('download-and-train');
  prepare(project, hub);
});

afterAll(async () => {
  project.remove();
  await hub.close();
});

const bytesTaken = () => hub.taken().reduce((sum, { sent }) => sum + sent, 0);
const reused = (did: Readonly<Record<string, string>>) => new Set(Object.values(did));

interface Step {
  readonly stage: string;
  readonly status: string;
  readonly reasons: readonly { readonly text: string }[];
}

/** What would run, and why, without running it. */
async function planned(...words: string[]): Promise<Record<string, Step>> {
  const { stdout, stderr } = await project.command('plan', '--json', ...words);
  if (!stdout) throw new Error(stderr);
  const { stages } = JSON.parse(stdout) as { stages: Step[] };
  return Object.fromEntries(stages.map((step) => [step.stage, step]));
}

const runs = (steps: Record<string, Step>): string[] =>
  Object.values(steps).flatMap(({ stage, status }) => (status === 'reused' ? [] : [stage]));

test('a broken line on the way: the model, the data set, a training, its scores; no byte comes twice', async () => {
  hub.fail(...Array.from({ length: 3 }, () => ({ fault: 'drop', after: 3000 }) as const));
  const first = await project.run();
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(first.did).toMatchObject({ base: 'ran', data: 'ran', training: 'ran' });
  expect(bytesTaken()).toBeLessThan(2048 * 4 + 330_000);
  expect(hub.taken().map(({ from }) => from > 0)).toContain(true);
  for (const file of ['config.json', 'weights.bin', 'tokenizer.json'])
    expect(existsSync(project.path('models/tuned', file))).toBe(true);
  expect(readdirSync(project.path('data/reviews')).sort()).toEqual(['train', 'validation']);
  expect(project.read('data/reviews/train/data.jsonl').trim().split('\n')).toHaveLength(1600);
  const { is } = await project.json<{ is: { rows: { metric: string; value: number }[] } }>('show', 'scores.summary');
  expect(is.rows.find(({ metric }) => metric === 'accuracy')?.value).toBeGreaterThan(0.8);
});

test('again: nothing is downloaded, nothing is trained, and each line says what is there', async () => {
  const before = bytesTaken();
  const { did, stages } = await project.run();
  expect(reused(did)).toEqual(new Set(['reused']));
  expect(bytesTaken()).toBe(before);
  expect(stages['data']?.facts).toMatchObject({
    splits: { train: 1600, validation: 300 },
    samples: 1900,
    at: 'data/reviews',
  });
  expect(stages['base']?.facts).toMatchObject({ at: 'models/base' });
  expect(stages['training']?.facts).toMatchObject({ at: 'models/tuned' });
});

test('fewer samples: said in words, taken from what is there, and trained again', async () => {
  const before = bytesTaken();
  const steps = await planned('--set', 'max_samples=1000');
  expect(steps['data']?.reasons.map(({ text }) => text)).toEqual(['maxSamples 1600 → 1000']);
  const { did } = await project.run('--set', 'max_samples=1000');
  expect(did).toMatchObject({ base: 'reused', data: 'ran', training: 'ran' });
  expect(bytesTaken()).toBe(before);
  expect(reused((await project.run()).did)).toEqual(new Set(['reused']));
});

describe('a changed parameter trains again, and is named', () => {
  const params: [string, string | number | boolean, string | number | boolean][] = [
    ['epochs', 3, 4],
    ['batch_size', 16, 8],
    ['learning_rate', 0.5, 0.1],
    ['warmup_steps', 20, 0],
    ['save_steps', 20, 30],
    ['log_steps', 50, 10],
    ['eval_steps', 100, 50],
    ['max_length', 40, 64],
    ['gradient_accumulation', 1, 2],
    ['fp16', false, true],
    ['seed', 42, 43],
  ];
  test.each(params)('%s %s → %s', async (name, before, after) => {
    const steps = await planned('--set', `training.params.${name}=${after}`);
    expect(runs(steps)).toContain('training');
    expect(runs(steps)).not.toContain('base');
    expect(runs(steps)).not.toContain('data');
    expect(steps['training']?.reasons.map(({ text }) => text)).toContain(`params.${name} ${before} → ${after}`);
  });
});

test('logs are kept and are no content: other logs of the same training change nothing below', async () => {
  const { did } = await project.run('--set', 'training.params.log_steps=10');
  expect(did['training']).toBe('ran');
  expect(Object.entries(did).filter(([name, status]) => name.startsWith('scores') && status.startsWith('ran'))).toEqual(
    [],
  );
  expect(project.read('models/tuned/logs/events.jsonl').split('\n').length).toBeGreaterThan(10);
  await project.run();
});

test('another name of the model or of the data set is another one', async () => {
  hub.put('demo/other-base', {
    commit: 'b'.repeat(40),
    files: { 'config.json': Buffer.from('{}'), 'weights.bin': Buffer.alloc(4), 'tokenizer.json': Buffer.from('{}') },
  });
  const steps = await planned('--set', 'base.download=demo/other-base');
  expect(runs(steps)).toEqual(expect.arrayContaining(['base', 'training']));
  expect(runs(steps)).not.toContain('data');
});

test('files that are touched but equal do nothing', async () => {
  for (const file of ['train.mjs', 'pipeline.yaml']) utimesSync(project.path(file), new Date(), new Date());
  expect(reused((await project.run()).did)).toEqual(new Set(['reused']));
});

test('an edit of the program trains again', async () => {
  project.edit('train.mjs', '/** Words as numbers of buckets. */', '/** Words as buckets. */');
  const { did, why } = await project.run();
  expect(did).toMatchObject({ base: 'reused', data: 'reused', training: 'ran' });
  expect(why['training']?.length).toBeGreaterThan(0);
});

test('a killed training is never taken for a finished one, and goes on from its checkpoint', async () => {
  project.edit('pipeline.yaml', 'seed: 42', 'seed: 7');
  project.edit('pipeline.yaml', 'save_steps: 20', 'save_steps: 1');
  project.env['STEP_MS'] = '1000';
  const child = project.start('run', '--json');
  const over = ended(child);
  // A folder of the run may go while it is listed.
  const checkpoints = () => {
    try {
      return filesIn(project.path('.millrace')).filter((file) => file.endsWith('checkpoint.json'));
    } catch {
      return [];
    }
  };
  while (checkpoints().length === 0 && child.exitCode === null) await new Promise((later) => setTimeout(later, 20));
  child.kill('SIGKILL');
  delete project.env['STEP_MS'];
  expect((await over).signal).toBe('SIGKILL');
  expect(JSON.parse(project.read('models/tuned/config.json')).params.seed).toBe(42);

  expect(runs(await planned())).toContain('training');
  const { did, events } = await project.run();
  expect(did).toMatchObject({ base: 'reused', data: 'reused', training: 'ran' });
  expect(JSON.stringify(events)).toContain('Goes on from what an earlier attempt left');
  expect(JSON.parse(project.read('models/tuned/config.json')).params.seed).toBe(7);
});

test('forced: a command runs whatever is remembered', async () => {
  const { did, why } = await project.run('--force', 'training');
  expect(did).toMatchObject({ base: 'reused', data: 'reused', training: 'ran' });
  expect(why['training']).toEqual(['forced']);
});

test('a harmed file is noticed, and made again before it is used', async () => {
  const good = readFileSync(project.path('models/tuned/weights.bin'));
  const objects = filesIn(project.path('.millrace/objects')).filter((file) => readFileSync(file).equals(good));
  expect(objects).toHaveLength(1);
  for (const file of objects) {
    chmodSync(file, 0o644);
    writeFileSync(file, good.subarray(1));
  }
  rmSync(project.path('models/tuned'), { recursive: true });
  const { did, code } = await project.run();
  expect(code).toBe(0);
  expect(did).toMatchObject({ base: 'reused', data: 'reused', training: 'ran' });
  expect(readFileSync(project.path('models/tuned/weights.bin')).equals(good)).toBe(true);
});

test('offline, everything works from what is there', async () => {
  await hub.close();
  project.env['MILLRACE_OFFLINE'] = '1';
  expect(reused((await project.run()).did)).toEqual(new Set(['reused']));
  project.edit('pipeline.yaml', 'epochs: 3', 'epochs: 2');
  expect((await project.run()).did).toMatchObject({ base: 'reused', data: 'reused', training: 'ran' });
});

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

test('a run, and again, as the page of expected output has them', async () => {
  const online = await startDemoHub();
  await runsAsExpected('download-and-train', (fresh) => prepare(fresh, online));
  await online.close();
});
