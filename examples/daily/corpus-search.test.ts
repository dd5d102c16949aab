import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeTinyModels } from '@millrace/stages/tiny-models';
import { Project } from '../driver/project.js';

const FILE = ['--file', 'corpus-search.pipeline.ts'];
const MANY = 2000;

let project: Project;

beforeAll(async () => {
  project = Project.of('daily');
  await writeTinyModels(project.path('models'));
});

afterAll(() => project.remove());

interface Shown {
  readonly is: { readonly rows: readonly { query: string; text: string; id: number }[] };
}

const nearestTo = async (query: string): Promise<string[]> =>
  (await project.json<Shown>('show', 'found', '--rows', '20', ...FILE)).is.rows
    .filter((row) => row.query.includes(query))
    .map(({ text }) => text);

test('a corpus is embedded by a local model once, and the nearest of each query are found', async () => {
  const { code, did } = await project.run(...FILE);
  expect(code).toBe(0);
  expect(did['library']).toBe(`ran ${MANY} of ${MANY}`);
  const [first, ...others] = await nearestTo('glacier');
  expect(first).toBe('Note 700: the glacier in the north');
  expect(others).toHaveLength(4);
  expect(others.every((text) => text.includes('glacier'))).toBe(true);
});

test('another query: one text is embedded', async () => {
  project.edit('corpus-search.pipeline.ts', "{ query: 'a violin by the sea' }", "{ query: 'a volcano in the valley' }");
  const { did } = await project.run(...FILE);
  expect(did['library']).toBe('reused');
  expect(Object.values(did)).toContain('ran 1 of 2');
  expect((await nearestTo('volcano')).every((text) => text.includes('volcano'))).toBe(true);
});

test('ten more notes in the corpus: ten are embedded', async () => {
  project.edit('corpus-search.pipeline.ts', 'many: 2000', 'many: 2010');
  const { did } = await project.run(...FILE);
  expect(did['library']).toBe(`ran 10 of ${MANY + 10}`);
});
