import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ModelServer, startModels } from '../driver/model-server.js';
import { Project } from '../driver/project.js';

const ROWS = 60;
const MODELS = { 'small-1': 40, 'medium-1': 60, 'large-2': 90 };
const DATA = fileURLToPath(new URL('../eval-harness/data/questions.jsonl', import.meta.url));

let project: Project;
let models: ModelServer;

beforeAll(async () => {
  project = Project.of('daily');
  mkdirSync(project.path('data'));
  copyFileSync(DATA, project.path('data/questions.jsonl'));
  models = await startModels({ knows: DATA, skill: MODELS });
});

afterAll(async () => {
  project.remove();
  await models.close();
});

const words = () => ['--file', 'compare-models.pipeline.ts', '--set', `endpoint=${models.endpoint}`];

interface Shown {
  readonly is: { readonly rows: readonly { model: string; prompt: string; metric: string; value: number }[] };
}

test('three models × two prompts: a call for each combination and row, and one table of results', async () => {
  const { code } = await project.run(...words());
  expect(code).toBe(0);
  expect(models.calls()).toEqual(Object.fromEntries(Object.keys(MODELS).map((name) => [name, 2 * ROWS])));
  const { is } = await project.json<Shown>('show', 'summary', ...words());
  expect(is.rows).toHaveLength(6);
  const of = (name: string) =>
    is.rows.filter(({ model }) => model === name).reduce((sum, { value }) => sum + value, 0) / 2;
  expect(of('large')).toBeGreaterThan(of('small'));
});

test('then a metric is added: it is scored, and nobody is asked', async () => {
  project.edit(
    'compare-models.pipeline.ts',
    'exact: exactMatch()',
    'exact: exactMatch(), close: numericTolerance({ relative: 0.1 })',
  );
  project.edit('compare-models.pipeline.ts', 'model, number,', 'model, number, numericTolerance,');
  const { did, stages } = await project.run(...words());
  expect(models.calls()).toEqual({});
  const ran = Object.keys(did).filter((name) => did[name]?.startsWith('ran'));
  expect(ran.filter((name) => /answers|parsed|extract|exact/.test(name))).toEqual([]);
  expect(stages['summary']).toMatchObject({ status: 'ran', rows: 12 });
});
