import { cpSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeTinyModels } from '@millrace/stages/tiny-models';
import { runsAsExpected } from '../driver/expected.js';
import { type ModelServer, startModels } from '../driver/model-server.js';
import { Project, type Ran } from '../driver/project.js';

/** Of the thousand questions; all of them are asked where the page of expected output is compared. */
const ROWS = 200;
const BASE = ['base-1b', 'base-3b', 'base-8b'];
const ALL = [...BASE, 'tuned'];

let project: Project;
let models: ModelServer;

/** A checkpoint, and the server in the place of a real one. */
async function prepare(into: Project): Promise<void> {
  const made = await writeTinyModels(into.path('.models'));
  cpSync(made['tiny-lm'], into.path('checkpoint'), { recursive: true });
  into.edit('pipeline.ts', 'http://localhost:8000/v1', models.endpoint);
}

beforeAll(async () => {
  project = Project.of('baseline-comparison');
  models = await startModels({
    knows: project.path('data/test.jsonl'),
    skill: { 'base-1b': 40, 'base-3b': 55, 'base-8b': 75, 'base-30b': 90 },
  });
  await prepare(project);
  await project.write('data/test.jsonl', `${project.read('data/test.jsonl').split('\n').slice(0, ROWS).join('\n')}\n`);
});

afterAll(async () => {
  project.remove();
  await models.close();
});

/** model → rows that were predicted, from the events. */
const predicted = ({ stages }: Ran): Record<string, number> =>
  Object.fromEntries(
    Object.entries(stages).flatMap(([name, { status, ranRows, rows }]) => {
      const model = /^predictions\W+([\w-]+)\W*$/.exec(name)?.[1];
      return model && status === 'ran' ? [[model, ranRows ?? rows ?? 0]] : [];
    }),
  );

const each = (names: readonly string[], rows = ROWS) => Object.fromEntries(names.map((name) => [name, rows]));

test('the first run: four models, a report with a plot at a path of the user', async () => {
  const first = await project.run();
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(predicted(first)).toEqual(each(ALL));
  expect(models.calls()).toEqual(each(BASE));
  expect(project.read('report/report.svg').match(/<rect/g)).toHaveLength(8);
  expect(project.read('report/report.md')).toContain('| base-8b | exact |');
});

test('the second run loads everything: no call, no program', async () => {
  const { did, events } = await project.run();
  expect(new Set(Object.values(did))).toEqual(new Set(['reused']));
  expect(events.at(-1)).toMatchObject({ ended: 'done', cost: { calls: 0, rows: 0 } });
  expect(models.calls()).toEqual({});
});

test('one more model: only it predicts', async () => {
  project.edit('pipeline.ts', '        tuned:', "        'base-30b': model('base-30b', base),\n        tuned:");
  const added = await project.run();
  expect(predicted(added)).toEqual({ 'base-30b': ROWS });
  expect(models.calls()).toEqual({ 'base-30b': ROWS });
  expect(project.read('report/report.svg')).toContain('base-30b');
});

test('another plot: no model runs, only the program', async () => {
  project.edit('plot.mjs', '#4472c4', '#b04a3a');
  const plotted = await project.run();
  expect(Object.entries(plotted.did).filter(([, did]) => did !== 'reused')).toEqual([['report', 'ran']]);
  expect(plotted.why['report']).toHaveLength(1);
  expect(models.calls()).toEqual({});
  expect(project.read('report/report.svg')).toContain('#b04a3a');
});

test('a question changed: one row for each model', async () => {
  project.edit('data/test.jsonl', 'A tower has 52 floors', 'A tower has 53 floors');
  const changed = await project.run();
  expect(predicted(changed)).toEqual(each([...ALL, 'base-30b'], 1));
  expect(models.calls()).toEqual(each([...BASE, 'base-30b'], 1));
});

test('another sampling setting: each model predicts again; taken back, none does', async () => {
  project.edit('pipeline.ts', 'temperature: 0', 'temperature: 0.2');
  expect(predicted(await project.run())).toEqual(each([...ALL, 'base-30b']));
  models.calls();
  project.edit('pipeline.ts', 'temperature: 0.2', 'temperature: 0');
  expect(predicted(await project.run())).toEqual({});
  expect(models.calls()).toEqual({});
});

test('the fine-tuned model is known by the content of its checkpoint, not by its time or its name', async () => {
  const file = project.path('checkpoint/onnx/model.onnx');
  utimesSync(file, new Date(), new Date());
  expect(predicted(await project.run())).toEqual({});

  await project.write('checkpoint/training.json', '{ "step": 2000 }');
  expect(predicted(await project.run())).toEqual({ tuned: ROWS });
  expect(models.calls()).toEqual({});
});

test('an entry says what a person asks: model, rows, sizes, seconds, what it would take again', async () => {
  const { entries } = await project.json<{ entries: Record<string, unknown>[] }>('ls');
  const entry = entries.find(({ label }) => String(label).startsWith('base-8b'));
  expect(entry).toMatchObject({
    rows: ROWS,
    bytes: expect.any(Number),
    at: expect.any(String),
    fingerprint: expect.any(String),
    worth: { calls: ROWS, seconds: expect.any(Number) },
  });
  const shown = await project.json<{ is: { rows: unknown[] } }>('show', 'scores', '--rows', '1');
  expect(shown.is.rows[0]).toMatchObject({
    model: 'base-1b',
    question: expect.any(String),
    prediction: expect.any(String),
    gold: '63',
  });
});

/** As if no run had been for so many days. */
function age(folder: string, days: number): void {
  for (const name of readdirSync(join(folder, 'runs'))) rmSync(join(folder, 'runs', name));
  const then = new Date(Date.now() - days * 86_400_000);
  for (const name of readdirSync(folder, { recursive: true }) as string[]) utimesSync(join(folder, name), then, then);
}

interface Listed {
  readonly entries: readonly { readonly label: string; readonly swept: boolean }[];
}

test('what no run has used for 30 days goes after a run, by configuration', async () => {
  project.edit('pipeline.ts', "        'base-30b': model('base-30b', base),\n", '');
  await project.run();
  await project.write('millrace.config.json', '{ "store": { "maxAge": "30d" } }');
  age(project.path('.millrace'), 40);
  const { stdout } = await project.command('run');
  expect(stdout).toMatch(/swept [\d.]+ [kM]?B/);
  const { entries } = await project.json<Listed>('ls', '--all');
  expect(entries.filter(({ swept }) => swept).length).toBeGreaterThan(0);
});

test('… also predictions of a model that is no longer compared', async () => {
  const { entries } = await project.json<Listed>('ls', '--all');
  expect(entries.length).toBeGreaterThan(0);
  expect(entries.filter(({ swept }) => swept).map(({ label }) => label)).toContain('base-30b T=0');
});

test('… and what the last run used stays', async () => {
  const { entries } = await project.json<Listed>('ls');
  expect(entries.length).toBeGreaterThan(0);
  expect(entries.filter(({ swept }) => swept)).toEqual([]);
});

test('forced: one stage predicts again whatever is remembered', async () => {
  const { stages } = await project.run();
  const name = Object.keys(stages).find((stage) => /^predictions\W+base-1b/.test(stage)) as string;
  const forced = await project.run('--force', name);
  expect(predicted(forced)).toEqual({ 'base-1b': ROWS });
  expect(forced.why[name]).toEqual(['forced']);
  expect(models.calls()).toEqual({ 'base-1b': ROWS });
});

test('cleared by name: made again when it is needed', async () => {
  const { code, stdout } = await project.command('clear', 'report');
  expect([code, stdout]).toEqual([0, expect.stringContaining('removed')]);
  rmSync(project.path('report'), { recursive: true });
  models.calls();
  const { did } = await project.run();
  expect(Object.entries(did).filter(([, status]) => status !== 'reused')).toEqual([['report', 'ran']]);
  expect(models.calls()).toEqual({});
  expect(project.read('report/report.svg')).toContain('base-8b');
});

test('a run, and again, as the page of expected output has them', () => runsAsExpected('baseline-comparison', prepare));
