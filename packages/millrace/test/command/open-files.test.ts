import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { main } from '../../src/command/main.js';
import { project, removeProjects } from './millrace.js';
import { questions } from './questions.js';

const home = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = project(questions);
  process.chdir(folder);
  expect(await coded('run', '--name', 'one')).toBe(0);
});
afterAll(() => {
  process.chdir(home);
  removeProjects();
});

const coded = (...words: string[]): Promise<number> =>
  main(words, { write: () => {}, warn: () => {}, live: false, columns: () => 80, color: false });

/** Objects of the store that this process holds open. Only Linux tells. */
const held = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    const path = linkAt(`/proc/self/fd/${fd}`);
    return path.startsWith(`${folder}/.millrace/objects/`) ? [path] : [];
  });

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const tellsFiles = existsSync('/proc/self/fd');

(tellsFiles ? test : test.skip).each([
  [['show', 'answers']],
  [['show', 'answers', '--failed']],
  [['export', 'answers', '--to', 'a.jsonl', '--overwrite']],
  [['export', 'answers', '--to', 'a.csv', '--overwrite']],
  [['export', 'answers', '--to', 'a.parquet', '--overwrite']],
  [['export', 'scores', '--to', 'a.html', '--overwrite']],
  [['diff', 'one', 'one']],
  [['check', '--min', 'em=0.1']],
  [['verify', '--sample', '1']],
  [['run', '--force']],
])('a process that goes on after %j holds no object open', async (words) => {
  expect([0, 1]).toContain(await coded(...words));
  expect(held()).toEqual([]);
});
