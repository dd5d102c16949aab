import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { completion } from '../../src/command/completion.js';
import { COMMANDS } from '../../src/command/said.js';
import { project, removeProjects } from './millrace.js';
import { asking, beside, type Provider, provider } from './provider.js';

afterAll(removeProjects);

let server: Provider;
beforeEach(async () => {
  server = await provider();
});
afterEach(() => server.close());

interface Request {
  readonly rows: readonly number[];
  readonly sent: { readonly body: unknown };
}

test('show --requests prints what was sent for the rows that are shown', async () => {
  const folder = project(asking(server));
  server.refuse('2 + 1');
  await beside(folder, 'run');
  const bodies = server.seen.map(({ body }) => body);
  const shown = async (...words: string[]): Promise<readonly Request[]> => {
    const { out, err } = await beside(folder, 'show', 'answers', '--json', ...words);
    expect(err).toBe('');
    return JSON.parse(out).is.requests;
  };
  const all = await shown('--requests');
  expect(all.map(({ rows }) => rows)).toEqual([[0], [1], [2], [3]]);
  for (const { sent } of all) expect(bodies).toContainEqual(sent.body);
  expect((await shown('--requests', '--rows', '2', '--from', '1')).map(({ rows }) => rows)).toEqual([[1], [2]]);
  expect((await shown('--rows', '3', '--requests', '1')).map(({ rows }) => rows)).toEqual([[0]]);
  const [failed, ...more] = await shown('--failed', '--requests');
  expect([JSON.stringify(failed).includes('2 + 1'), more]).toEqual([true, []]);
  const { out } = await beside(folder, 'show', 'answers', '--requests', '--rows', '1');
  expect(out).toMatch(/\nsent for these rows:\nrow 0\n {2}\{\n/);
  expect(server.seen).toHaveLength(bodies.length);
});

test('it says why where nothing was sent, or not for the stage as it is now', async () => {
  const folder = project(asking(server));
  await beside(folder, 'run');
  const refused = async (...words: string[]) => (await beside(folder, 'show', ...words, '--requests')).err;
  expect(await refused('sums')).toMatch(/Cannot show the requests of sums: it asks nobody\./);
  expect(await refused('answers', '--set', 'answers.temperature=1')).toMatch(
    /Cannot show the requests behind the rows of answers: they are of an earlier version .* millrace plan --set answers\.temperature=1 answers --requests 3 shows/,
  );
  await beside(folder, 'export', 'answers', '--to', 'a.jsonl');
  await beside(folder, 'clear', 'answers');
  await beside(folder, 'import', 'answers', 'a.jsonl');
  expect(await refused('answers')).toMatch(/they were imported, and not asked for as the stage is now/);
});

test('its number may be left out, also to a shell', () => {
  const fish = completion('fish', COMMANDS);
  expect(fish).toMatch(/from show' -l requests -d /);
  expect(fish).toMatch(/from plan' -l requests -r -F -d /);
  expect(completion('bash', COMMANDS)).toMatch(/^ {4}show\) .*--requests/m);
});
