import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { times } from '../../test/campaign.js';
import { ended, Project } from '../driver/project.js';

const isHard = (question: string): boolean => Number(question) % 1351 === 700;

/** Of the fifty thousand questions: all of them in campaigns. */
const ROWS = times(10_000, 50_000, 50_000);
const FAILED = Array.from({ length: ROWS }).filter((_, id) => isHard(String(id))).length;
const AT_ONCE = 64;
const FILE = ['--file', 'resume.pipeline.ts'];

let project: Project;

beforeAll(() => {
  project = Project.of('daily');
  project.edit('resume.pipeline.ts', '50_000', String(ROWS));
});

afterAll(() => project.remove());

/** The questions that the provider was asked, in order: it notes each call before it answers. */
const calls = (): string[] =>
  existsSync(project.path('calls.log')) ? project.read('calls.log').trim().split('\n') : [];

test('a killed generation of many rows goes on where it stopped; only the rows that failed are asked again', async () => {
  const child = project.start('run', '--json', ...FILE);
  const over = ended(child);
  while (calls().length < ROWS / 10 && child.exitCode === null) await new Promise((later) => setTimeout(later, 20));
  child.kill('SIGKILL');
  expect((await over).signal).toBe('SIGKILL');
  const before = calls();

  const resumed = await project.run(...FILE);
  expect(resumed.code).toBe(1);
  expect(resumed.stages['answers']).toMatchObject({ rows: ROWS, failedRows: FAILED });
  const again = calls().slice(before.length);
  const known = before.filter((question) => !isHard(question)).length;
  expect(again.length).toBeGreaterThanOrEqual(ROWS - known);
  expect(again.length).toBeLessThanOrEqual(ROWS - known + AT_ONCE);
  expect(new Set([...before, ...again]).size).toBe(ROWS);

  await project.write('mended', '');
  const last = await project.run(...FILE);
  expect(last.code).toBe(0);
  expect(last.did).toEqual({ questions: 'reused', answers: `ran ${FAILED} of ${ROWS}` });
  expect(last.why['answers']).toEqual([`${FAILED} rows failed before`]);
  const asked = calls().slice(before.length + again.length);
  expect(asked).toHaveLength(FAILED);
  expect(asked.every(isHard)).toBe(true);

  expect((await project.run(...FILE)).did).toEqual({ questions: 'reused', answers: 'reused' });
  expect(calls().slice(before.length + again.length)).toHaveLength(FAILED);
});
