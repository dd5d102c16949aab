import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, pipeline } from '@huggingface/transformers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { remove } from '../../../../../jest/remove.js';
import { writeTinyModels } from './tiny-models.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tiny-models-'));
  await writeTinyModels(folder);
  Object.assign(env, { allowRemoteModels: false, localModelPath: `${folder}/` });
});
afterAll(() => remove(folder));

const digest = async (): Promise<string> => {
  const hash = createHash('sha256');
  const files = (await readdir(folder, { recursive: true })).sort();
  for (const file of files)
    if ((await stat(join(folder, file))).isFile()) hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
};

test('the models are the same bytes each time and everywhere', async () => {
  const first = await digest();
  await writeTinyModels(folder);
  expect([await digest(), first]).toEqual([GOLDEN, GOLDEN]);
});

const GOLDEN = '2890025a8e6ebaca';

test('tiny-embed sees which texts share words', async () => {
  const embed = await pipeline('feature-extraction', 'tiny-embed', { dtype: 'fp32' });
  const texts = ['Stock prices fell sharply today', 'Shares and stock prices dropped today', 'My cat sat on the mat'];
  const [a, b, c] = (await embed(texts, { pooling: 'mean', normalize: true })).tolist() as number[][];
  const dot = (x: number[], y: number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  expect(a?.length).toBe(256);
  expect(dot(a!, b!)).toBeGreaterThan(dot(a!, c!) + 0.2);
});

test('tiny-nli picks the label that the text speaks of', async () => {
  const classify = await pipeline('zero-shot-classification', 'tiny-nli', { dtype: 'fp32' });
  const answer = await classify('The stock market fell today', ['market', 'kitchen', 'football']);
  expect([answer].flat()[0]?.labels[0]).toBe('market');
});

test('tiny-lm continues the pattern of its prompt', async () => {
  const generate = await pipeline('text-generation', 'tiny-lm', { dtype: 'fp32' });
  const prompt = 'Q: capital of France? A: Paris\nQ: capital of Spain? A: Madrid\nQ: capital of France? A:';
  const [answer] = await generate(prompt, { return_full_text: false, do_sample: false });
  expect(JSON.stringify(answer)).toContain(' Paris');
});
