import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeTinyModels } from '@millrace/stages/tiny-models';
import { expectedOf, timeless } from '../driver/expected.js';
import { ended, Project } from '../driver/project.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

let project: Project;

beforeAll(async () => {
  project = Project.of('quickstart');
  await writeTinyModels(project.path('models'));
});

afterAll(() => project.remove());

const STAGES = ['questions', 'answers', 'parsed', 'vectors', 'scores.exact', 'scores.summary'];

test('the first run computes everything', async () => {
  const { code, did } = await project.run();
  expect(code).toBe(0);
  expect(Object.keys(did)).toEqual(expect.arrayContaining(STAGES));
  expect(Object.values(did).filter((status) => !status.startsWith('ran'))).toEqual([]);
});

test('the second has nothing to do', async () => {
  const { did, events } = await project.run();
  expect(new Set(Object.values(did))).toEqual(new Set(['reused']));
  expect(events.at(-1)).toMatchObject({ event: 'run-finished', ended: 'done', cost: { calls: 0, rows: 0 } });
});

test('one question edited: one row runs; where its answer is the same, nothing below it', async () => {
  project.edit('data/questions.jsonl', 'Ben has 40 apples', 'Ben has 40 pears');
  const { did, why } = await project.run();
  expect(did).toMatchObject({
    questions: 'ran',
    answers: 'ran 1 of 40',
    vectors: 'ran 1 of 40',
    parsed: 'cut off',
    'scores.exact': 'cut off',
    'scores.summary': 'cut off',
  });
  expect(why['answers']).toEqual(['questions changed']);
});

test('a metric added: no model is asked', async () => {
  project.edit('pipeline.yaml', 'exact: exactMatch', 'exact: exactMatch\n      f1: tokenF1');
  const { did, stages } = await project.run();
  expect(did).toMatchObject({ questions: 'reused', answers: 'reused', vectors: 'reused', parsed: 'reused' });
  expect(Object.values(did).filter((status) => status.startsWith('ran'))).toHaveLength(3);
  expect(stages['scores.summary']).toMatchObject({ status: 'ran', rows: 2 });
});

test('renaming a stage keeps every hit', async () => {
  await project.write('pipeline.yaml', project.read('pipeline.yaml').replaceAll('parsed', 'taken_out'));
  const { did } = await project.run();
  expect(new Set(Object.values(did))).toEqual(new Set(['reused']));
});

test('the demonstration prints what the page shows', async () => {
  const demo = spawn(process.execPath, [join(HERE, 'demo.mjs')], { env: { ...process.env, NO_COLOR: '1' } });
  const { code, stdout, stderr } = await ended(demo);
  expect([code, stderr]).toEqual([0, '']);
  expect(timeless(stdout)).toEqual(timeless(expectedOf('quickstart', 'demo.txt')));
});
