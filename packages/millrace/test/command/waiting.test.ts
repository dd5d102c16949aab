import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { begin, project, removeProjects, statuses, write } from './millrace.js';
import { jsonl } from './questions.js';

afterAll(removeProjects);

const ROWS = [{ n: 'a' }, { n: 'b' }, { n: 'c' }];

/** Two stages that would make the same calls: the tables that they read have the same content, from files of two formats. */
const twice = (more = '') => ({
  'data/rows.jsonl': jsonl(ROWS),
  'data/rows.csv': `n\n${ROWS.map(({ n }) => `${n}\n`).join('')}`,
  'pipeline.ts': `import { appendFileSync, existsSync } from 'node:fs';
import { map, pipeline, source } from 'millrace';
const slow = { run: async ({ n }) => {
  appendFileSync('calls.log', n + '\\n');
  while (!existsSync('go')) await new Promise((done) => setTimeout(done, 10));
  return { twice: n + n };
}, version: 1 };
const one = map(source.jsonl('data/rows.jsonl', { columns: { n: 'text' } }), slow);
const two = map(source.csv('data/rows.csv', { columns: { n: 'text' } }), slow);
export default pipeline({ one, two${more} });
`,
});

test('a stage that waits for another of this run names it, and what that one made is no work of another process', async () => {
  const folder = project(twice());
  const going = begin(folder, ['run']);
  await going.until('which asks the same');
  write(folder, { go: '' });
  const { code, out, err } = await going.end;
  expect([code, err]).toEqual([0, '']);
  const [waits = ''] = /^waits .*$/m.exec(out) ?? [];
  expect(waits).toMatch(/^waits +(one|two) +for (one|two), which asks the same$/);
  expect(out).not.toMatch(/another process/);
  expect(
    statuses(out)
      .filter((line) => / (one|two)$/.test(line))
      .map((line) => line.replace(/ \w+$/, ''))
      .sort(),
  ).toEqual(['cut off', 'ran']);
});

test('one that waits for another process says so', async () => {
  const folder = project(twice());
  const first = begin(folder, ['run', 'one']);
  while (!existsSync(join(folder, 'calls.log'))) await new Promise((done) => setTimeout(done, 10));
  const second = begin(folder, ['run', 'one']);
  await second.until('another process runs it');
  write(folder, { go: '' });
  const both = await Promise.all([first.end, second.end]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const outs = both.map(({ out }) => out);
  expect(outs.filter((out) => /^waits +one +another process runs it$/m.test(out))).toHaveLength(1);
  expect(outs.filter((out) => /^waited +one .*another process made it$/m.test(out))).toHaveLength(1);
});
