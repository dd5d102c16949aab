import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { resultOf, type TableResult } from '@millrace/core';
import { runsAsExpected } from '../driver/expected.js';
import { ended, Project } from '../driver/project.js';
import { logitsOf, Session } from './session.js';

let project: Project;

beforeAll(() => {
  project = Project.of('analysis-store');
});

afterAll(() => project.remove());

interface Planned {
  readonly stages: readonly { readonly stage: string; readonly fingerprint: string; readonly status: string }[];
}

const fingerprints = async (of: Project): Promise<Record<string, string>> => {
  const { stdout } = await of.command('plan', '--json');
  const { stages } = JSON.parse(stdout) as Planned;
  return Object.fromEntries(stages.map(({ stage, fingerprint }) => [stage, fingerprint]));
};

const reused = (did: Readonly<Record<string, string>>) => new Set(Object.values(did));

test('the first run computes the answers of the test split', async () => {
  const { code, did } = await project.run();
  expect(code).toBe(0);
  expect(did['answers']).toBe('ran 11 of 11');
});

test('the same keys in another process, folder, time zone, language and session', async () => {
  const elsewhere = Project.of('analysis-store');
  try {
    Object.assign(elsewhere.env, { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' });
    elsewhere.edit('pipeline.ts', "device: 'cpu', log: 'session.log'", "device: 'gpu', log: 'other.log'");
    expect(await fingerprints(elsewhere)).toEqual(await fingerprints(project));
  } finally {
    elsewhere.remove();
  }
});

test('a handle, a logger, a device change nothing; what decides the numbers does', async () => {
  project.edit('pipeline.ts', "device: 'cpu'", "device: 'gpu'");
  expect(reused((await project.run()).did)).toEqual(new Set(['reused']));

  project.edit('pipeline.ts', 'seed: 7', 'seed: 8');
  const { did, why } = await project.run();
  expect(did).toEqual({ prompts: 'reused', test: 'reused', answers: 'ran 11 of 11' });
  expect(why['answers']).toEqual(['with.module.seed 7 → 8']);
  project.edit('pipeline.ts', 'seed: 8', 'seed: 7');
  expect(reused((await project.run()).did)).toEqual(new Set(['reused']));
});

test('the operation is known by its code, two files away; a comment is no code', async () => {
  project.edit('session.ts', '/** For each of two tokens', '/** Of each of two tokens');
  expect(reused((await project.run()).did)).toEqual(new Set(['reused']));
  project.edit('session.ts', 'let sum = 0;', 'let sum = 1;');
  const { did, why } = await project.run();
  expect(did).toEqual({ prompts: 'reused', test: 'reused', answers: 'ran 11 of 11' });
  expect(why['answers']?.[0]).toMatch(/logitsOf in .*session\.ts.* changed/);
  project.edit('session.ts', 'let sum = 1;', 'let sum = 0;');
});

test('a closure over the session is refused, with its name, its line and the way out', async () => {
  const before = project.read('pipeline.ts');
  project.edit('pipeline.ts', 'const answers = map(test, {', 'const analysed = (session: Session) => map(test, {');
  project.edit('pipeline.ts', "  open: () => new Session({ device: 'gpu', log: 'session.log' }),\n", '');
  project.edit('pipeline.ts', '{ module }, session) =>', '{ module }) =>');
  project.edit(
    'pipeline.ts',
    'export default',
    "const answers = analysed(new Session({ device: 'cpu', log: 'session.log' }));\nexport default",
  );
  const { code, stderr, stdout } = await project.command('run');
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/session/);
  expect(stderr).toMatch(/pipeline\.ts:\d+/);
  expect(stdout).toBe('');
  await project.write('pipeline.ts', before);
});

test('declared features are part of the key', async () => {
  const before = await fingerprints(project);
  project.edit('pipeline.ts', "id: 'int'", "id: 'int32'");
  const after = await fingerprints(project);
  expect(after['prompts']).not.toBe(before['prompts']);
  project.edit('pipeline.ts', "id: 'int32'", "id: 'int'");
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

test('tensors come back with their type and shape, splits under their names', async () => {
  const store = openStore(project.path('.millrace'));
  const fingerprint = (await fingerprints(project))['answers'] as string;
  const answers = resultOf(store.entry(fingerprint)!.parts['main']!, store) as TableResult;
  expect(answers.columns).toEqual({
    id: 'int64',
    prompt: 'text',
    tokens: { tensor: 'int64', shape: [2] },
    answer_logits: { tensor: 'float32', shape: [2, 50257] },
  });
  const rows = await answers.all();
  expect(rows.length).toBe(answers.count);
  const module = { name: 'tiny-gpt', width: 8, seed: 7 };
  const weights = new Session({ device: 'cpu', log: '' }).weights(module);
  for (const { id, tokens, answer_logits } of rows) {
    expect(tokens).toEqual(BigInt64Array.of(id as bigint, 50_000n - (id as bigint)));
    const expected = logitsOf(weights, tokens as BigInt64Array, module);
    expect(answer_logits).toBeInstanceOf(Float32Array);
    expect(bytesOf(answer_logits as Float32Array).equals(bytesOf(expected))).toBe(true);
    expect(new Set(expected).size).toBeGreaterThan(1000);
  }
  const sources = Object.keys(store.entry((await fingerprints(project))['test'] as string)!.parts);
  expect(sources).toEqual(['train', 'test']);
  await store.close();
});

test("one store for all of a user's projects lies in the user's cache folder", async () => {
  const { code } = await project.run('--store', 'user');
  expect(code).toBe(0);
  expect(existsSync(project.path('.user-cache/millrace/store/records'))).toBe(true);
});

test('… and a person finds an output there by source, fingerprint and stage', () => {
  const tree = project.path('.user-cache/millrace/store/by-name');
  const links = (readdirSync(tree, { recursive: true }) as string[]).filter((path) => path.split('/').length === 4);
  expect(links.some((path) => /^[^/]+\/[0-9a-f]{12}\/[^/]+\/record$/.test(path))).toBe(true);
  expect(links.filter((path) => /\.(arrow|parquet)$/.test(path)).length).toBeGreaterThan(0);
  expect(links.filter((path) => !existsSync(`${tree}/${path}`))).toEqual([]);
});

/** What lies in the folder for temporary files of this user. */
const left = (): string[] =>
  readdirSync(project.path('temporary'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(project.path('temporary', name)));

test('caching off: outputs go to a temporary folder that ends with the process', async () => {
  project.env['TMPDIR'] = project.path('temporary');
  await project.write('temporary/.keep', '');
  const off = await project.run('--no-cache');
  expect(off.did['answers']).toBe('ran 11 of 11');
  expect(left()).toEqual([]);
});

test('… also after Ctrl-C; what a killed one left is removed by the next', async () => {
  project.edit('pipeline.ts', '{ rows: 32 }', '{ rows: 800 }');
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const child = project.start('run', '--json', '--no-cache');
    const over = ended(child);
    await new Promise((later) =>
      child.stdout?.on(
        'data',
        (text) => String(text).includes('"stage-started","stage":"answers"') && later(undefined),
      ),
    );
    expect(left()).not.toEqual([]);
    child.kill(signal);
    await over;
    if (signal === 'SIGINT') expect(left()).toEqual([]);
  }
  expect(left()).not.toEqual([]);
  project.edit('pipeline.ts', '{ rows: 800 }', '{ rows: 32 }');
  expect((await project.run('--no-cache')).code).toBe(0);
  expect(left()).toEqual([]);
});

test('a run, and again, as the page of expected output has them', () => runsAsExpected('analysis-store', () => {}));
