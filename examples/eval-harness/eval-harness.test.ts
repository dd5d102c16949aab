import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runsAsExpected } from '../driver/expected.js';
import { type ModelServer, startModels } from '../driver/model-server.js';
import { ended, Project, type Ran } from '../driver/project.js';

let project: Project;
let models: ModelServer;

/** The server in the place of a real one. */
const prepare = (into: Project) => into.edit('pipeline.yaml', 'http://localhost:8000/v1', models.endpoint);

beforeAll(async () => {
  project = Project.of('eval-harness');
  models = await startModels({ knows: project.path('data/questions.jsonl'), skill: { 'small-1': 55, 'large-2': 85 } });
  prepare(project);
});

afterAll(async () => {
  project.remove();
  await models.close();
});

afterEach(() => {
  models.calls();
});

const ROWS = 60;
const COMBINATIONS = ['small,plain', 'small,steps', 'large,plain', 'large,steps'];

/** The combinations of a stage that computed any row, and the rows of a whole stage. */
const ran = ({ did }: Ran, stage: string): string[] =>
  COMBINATIONS.filter((each) => did[`${stage}[${each}]`]?.startsWith('ran'));

const reused = ({ did }: Ran): boolean => Object.values(did).every((status) => status === 'reused');

/** Every stage of these names was taken as it was, or gave the content that was there. */
const untouched = (result: Ran, ...stages: string[]): string[] =>
  stages.filter((stage) => ran(result, stage).length === 0);

test('everything runs once: four combinations of 60 rows, 240 calls', async () => {
  const first = await project.run('--name', 'exp-1');
  expect(first.code).toBe(0);
  expect(models.calls()).toEqual({ 'small-1': 2 * ROWS, 'large-2': 2 * ROWS });
  expect(ran(first, 'answers')).toEqual(COMBINATIONS);
});

test('nothing changed: everything is reused', async () => {
  const again = await project.run();
  expect(reused(again)).toBe(true);
  expect(again.events.at(-1)).toMatchObject({ cost: { calls: 0 }, saved: { calls: expect.any(Number) } });
});

test('keys in another order, defaults written out, an empty setting: everything is reused', async () => {
  const before = project.read('pipeline.yaml');
  project.edit(
    'pipeline.yaml',
    '    from: answer\n    with: { number: true, match: last }',
    '    with: { match: last, number: true }\n    into: value\n    from: answer',
  );
  project.edit(
    'pipeline.yaml',
    '    temperature: 0\n    maxTokens: 200\n',
    '    maxTokens: 200\n    stop:\n    temperature: 0.0\n',
  );
  expect(reused(await project.run())).toBe(true);
  await project.write('pipeline.yaml', before);
});

test('a metric added: only it is scored; removed: nothing', async () => {
  project.edit(
    'pipeline.yaml',
    'exact: exactMatch',
    'exact: exactMatch\n      close: { numericTolerance: { relative: 0.05 } }',
  );
  const added = await project.run();
  expect(untouched(added, 'answers', 'parsed')).toEqual(['answers', 'parsed']);
  const scored = Object.entries(added.did).filter(([, status]) => status.startsWith('ran'));
  expect(scored.filter(([name]) => /exact/.test(name))).toEqual([]);
  expect(scored.some(([name]) => /close/.test(name))).toBe(true);
  expect(models.calls()).toEqual({});

  project.edit('pipeline.yaml', '\n      close: { numericTolerance: { relative: 0.05 } }', '');
  expect(reused(await project.run())).toBe(true);
});

test('another extractor: extracted and scored again, no call', async () => {
  project.edit('pipeline.yaml', '{ number: true, match: last }', "{ regex: '(-?\\d+)\\D*$' }");
  const result = await project.run();
  expect(untouched(result, 'answers')).toEqual(['answers']);
  expect(ran(result, 'parsed').length).toBeGreaterThan(0);
  expect(Object.values(result.why).flat()).toContainEqual(expect.stringContaining('with'));
  expect(models.calls()).toEqual({});
  project.edit('pipeline.yaml', "{ regex: '(-?\\d+)\\D*$' }", '{ number: true, match: last }');
  expect(reused(await project.run())).toBe(true);
});

test("another field to extract into: nothing is extracted again, since the answer's value is the same", async () => {
  project.edit('pipeline.yaml', '    from: answer', '    from: answer\n    into: found');
  project.edit('pipeline.yaml', 'prediction: value', 'prediction: found');
  const result = await project.run();
  expect(untouched(result, 'answers')).toEqual(['answers']);
  expect(Object.entries(result.did).filter(([, did]) => /^ran [1-9]/.test(did) && !/ran 1 of 1$/.test(did))).toEqual(
    [],
  );
  expect(models.calls()).toEqual({});
  project.edit('pipeline.yaml', '\n    into: found', '');
  project.edit('pipeline.yaml', 'prediction: found', 'prediction: value');
});

test('another prompt: only its combinations are generated, and the reason is said', async () => {
  project.edit('pipeline.yaml', 'Think step by step, then answer.', 'Think step by step. Then give the number.');
  const result = await project.run();
  expect(ran(result, 'answers')).toEqual(['small,steps', 'large,steps']);
  expect(models.calls()).toEqual({ 'small-1': ROWS, 'large-2': ROWS });
  expect(result.why['answers[large,steps]']?.join()).toContain('prompt');
});

test('another temperature: all are generated again; back again: nothing is', async () => {
  project.edit('pipeline.yaml', 'temperature: 0', 'temperature: 0.7');
  const warm = await project.run('--name', 'exp-2');
  expect(ran(warm, 'answers')).toEqual(COMBINATIONS);
  expect(warm.why['answers[small,plain]']).toEqual(['temperature 0 → 0.7']);
  expect(models.calls()).toEqual({ 'small-1': 2 * ROWS, 'large-2': 2 * ROWS });

  project.edit('pipeline.yaml', 'temperature: 0.7', 'temperature: 0');
  expect(reused(await project.run())).toBe(true);
  expect(models.calls()).toEqual({});
});

test('another model beside the others: only it is asked', async () => {
  const small = '        small: { name: small-1, baseURL: "$' + '{params.endpoint}" }\n';
  project.edit('pipeline.yaml', small, small + small.replace('small:', 'tiny:').replace('small-1', 'tiny-1'));
  const result = await project.run();
  expect(models.calls()).toEqual({ 'tiny-1': 2 * ROWS });
  expect(ran(result, 'answers')).toEqual([]);
  expect(result.did['answers[tiny,plain]']).toBe('ran 60 of 60');
  project.edit('pipeline.yaml', small.replace('small:', 'tiny:').replace('small-1', 'tiny-1'), '');
});

test('old and new results lie side by side, under labels that a person can read, and runs have names', async () => {
  const { entries } = await project.json<{ entries: { stage?: string; label: string }[] }>('ls', '--all');
  const labels = entries.map(({ label }) => label);
  expect(labels).toEqual(
    expect.arrayContaining(['small-1 T=0', 'large-2 T=0', 'small-1 T=0.7', 'large-2 T=0.7', 'tiny-1 T=0']),
  );
  const { runs } = await project.json<{ runs: { name?: string }[] }>('runs');
  expect(runs.flatMap(({ name }) => name ?? [])).toEqual(['exp-2', 'exp-1']);
});

test('killed in the middle of the generation, it goes on row by row', async () => {
  const slow = await startModels({ knows: project.path('data/questions.jsonl'), delayMs: 25 });
  const words = ['run', '--json', '--set', `endpoint=${slow.endpoint}`];
  try {
    const child = project.start(...words);
    const over = ended(child);
    while (slow.total() < 100 && child.exitCode === null) await new Promise((later) => setTimeout(later, 5));
    child.kill('SIGKILL');
    expect((await over).signal).toBe('SIGKILL');
    const asked = slow.total();
    const resumed = await project.command(...words);
    expect(resumed.code).toBe(0);
    const inFlight = 4 * 8;
    expect(slow.total()).toBeGreaterThanOrEqual(4 * ROWS);
    expect(slow.total()).toBeLessThanOrEqual(4 * ROWS + inFlight);
    expect(slow.total() - asked).toBeLessThanOrEqual(4 * ROWS - asked + inFlight);
  } finally {
    await slow.close();
  }
});

test('a run, and again, as the page of expected output has them', () => runsAsExpected('eval-harness', prepare));
