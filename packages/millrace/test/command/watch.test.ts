import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { begin, lines, millrace, project, read, removeProjects, write } from './millrace.js';
import { slow } from './questions.js';

afterAll(removeProjects);

/** Nothing is left to run: whatever was edited has been seen. */
const untilDone = async (folder: string): Promise<void> => {
  while (millrace(folder, ['plan']).code !== 0) await new Promise((later) => setTimeout(later, 50));
};

const ended = async (going: ReturnType<typeof begin>) => {
  going.signal('SIGINT');
  return (await going.end).out;
};

const FILES = `import { map, pipeline, source } from 'millrace';
const docs = source.files('in/**/*.txt');
export default pipeline({ docs, sized: map(docs, { reads: ['text'], run: ({ text }) => ({ size: text.length }) }) });
`;

test('a file of a pattern that is edited, comes, or comes in a folder of its own is seen', async () => {
  const folder = project({ 'pipeline.ts': FILES, 'in/a.txt': 'a\n' });
  const going = begin(folder, ['watch']);
  await going.until('watching 1 file and 1 folder');
  write(folder, { 'in/a.txt': 'longer\n' });
  await going.until('changed: in/a.txt');
  await untilDone(folder);
  write(folder, { 'in/b.txt': 'b\n', 'in/.hidden/c.txt': 'c\n' });
  await going.until('changed: in/b.txt');
  await untilDone(folder);
  write(folder, { 'in/deep/d.txt': 'd\n' });
  await going.until('changed: in/deep');
  await untilDone(folder);
  write(folder, { 'in/other.md': 'no text\n', 'in/deep/d.txt': 'dd\n' });
  await going.until('changed: in/deep/d.txt');
  await untilDone(folder);
  expect(await ended(going)).not.toContain('other.md');
  const shown = JSON.parse(millrace(folder, ['show', 'sized', '--columns', 'text', '--json']).out);
  expect(shown.is.rows.map(({ text }: { text: string }) => text.trim())).toEqual(['longer', 'b', 'dd']);
});

test('what is edited while a run is under way is run next', async () => {
  const before = slow(4, 1, 2)['pipeline.ts'] as string;
  const folder = project({ 'pipeline.ts': before });
  const calls = () => (existsSync(join(folder, 'calls.log')) ? lines(read(folder, 'calls.log')).length : 0);
  const going = begin(folder, ['watch']);
  while (calls() < 4) await new Promise((later) => setTimeout(later, 10));
  write(folder, { 'pipeline.ts': before.replace('version: 1', 'version: 2') });
  await new Promise((later) => setTimeout(later, 200));
  write(folder, { go: '' });
  await going.until('changed: pipeline.ts');
  await untilDone(folder);
  await ended(going);
  expect(calls()).toBe(8);
});

test('a source that comes late, and a pipeline that is not there or broken at first, are waited for', async () => {
  const folder = project({});
  const going = begin(folder, ['watch']);
  await going.until('watching the folder until its pipeline can be loaded');
  write(folder, { 'pipeline.yaml': 'stages:\n  rows: { sourse: d.jsonl }\n' });
  await going.until('sourse');
  await going.until('changed: pipeline.yaml');
  write(folder, { 'pipeline.yaml': 'stages:\n  rows: { source: d.jsonl }\n' });
  await going.until('d.jsonl');
  await going.until('watching 1 file;');
  write(folder, { 'd.jsonl': '{"x":1}\n' });
  await going.until('changed: d.jsonl');
  await untilDone(folder);
  rmSync(join(folder, 'd.jsonl'));
  await going.until('watching 1 file;');
  write(folder, { 'd.jsonl': '{"x":2}\n' });
  await untilDone(folder);
  await ended(going);
});
