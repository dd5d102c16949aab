import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { Project } from './project.js';

const DURATION = /,? *(?:\b(?:about|in) )?\b[\d.]+ (?:s|min|h|days)(?= |$)/g;

/**
 * Times, and the order of stages that wait for the same one, differ from run to run. What took less than 0.05 s is not
 * said at all, so that a line of nothing but a time may be missing.
 */
export const timeless = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(DURATION, '').trimEnd())
    .filter((line) => line !== 'saved' && line !== 'spent')
    .sort();

/** Where stages ask the same, it differs too which of them waits, and how many rows are left to it. */
const settled = (text: string): string[] =>
  timeless(text)
    .filter((line) => !/^waits |^\S+: The batch .* done\.$/.test(line))
    .map((line) => line.replace(/[\d,]+ of (?=[\d,]+ rows)/, '').replace(/ {2,}/g, '  '));

export const expectedOf = (example: string, file: string): string =>
  readFileSync(fileURLToPath(new URL(`../${example}/expected/${file}`, import.meta.url)), 'utf8');

/** An example run from nothing, and again: a person sees what its `expected/run.txt` says. */
export async function runsAsExpected(example: string, prepare: (project: Project) => unknown): Promise<void> {
  const project = Project.of(example);
  try {
    await prepare(project);
    const [first, second] = [await project.command('run'), await project.command('run')];
    expect([first.code, first.stderr, second.code, second.stderr]).toEqual([0, '', 0, '']);
    const shown = `$ millrace run\n${first.stdout}\n$ millrace run\n${second.stdout}`;
    expect(settled(shown)).toEqual(settled(expectedOf(example, 'run.txt')));
  } finally {
    project.remove();
  }
}
