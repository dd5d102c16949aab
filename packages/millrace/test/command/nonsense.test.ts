import { existsSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandSaid } from '../../src/command/flags.js';
import { COMMON } from '../../src/command/flags.js';
import { main } from '../../src/command/main.js';
import { COMMANDS } from '../../src/command/said.js';
import { project, removeProjects } from './millrace.js';

const home = process.cwd();
beforeAll(async () => {
  process.chdir(project({}));
  for (const command of ['init', 'run']) expect(await say([command])).toMatchObject({ code: 0 });
});
afterAll(() => {
  process.chdir(home);
  removeProjects();
});

async function say(line: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const said: string[] = [];
  const keep = (text: string) => void said.push(text);
  const code = await main(line, { write: keep, warn: keep, live: false, columns: () => 80, color: false });
  return { code, text: said.join('') };
}

/** What fits no flag, or looks as if it did. */
const NONSENSE = [
  'nonsense',
  '-1',
  '0',
  '99999999999999999999',
  'a=b',
  'answers.x.y=1',
  '__proto__',
  '.',
  '/dev/null/x',
  '/proc/x',
  '{',
  '🦄',
];

/** `watch` does not end; what it takes, `run` takes too. */
const ENDING = COMMANDS.filter(({ name }) => name !== 'watch');

/** The words of its first example, so that only the flag is wrong. */
const words = ({ examples, name }: CommandSaid): string[] => {
  const [, , ...rest] = (examples[0] as string).split(' ');
  return rest
    .slice(0, rest.findIndex((word) => word.startsWith('-') || word === '>') >>> 0)
    .slice(0, name === 'init' ? 0 : 2);
};

const broken = /BUG:|\b(Type|Reference|Range|Syntax)Error\b|^\s+at .*:\d+:\d+|\bE[A-Z]{4,}\b|\[object /m;

describe('a value that means nothing', () => {
  const table = ENDING.flatMap((command) =>
    [...command.flags, ...COMMON]
      .filter(({ value }) => value !== undefined)
      .map(({ name }) => [command.name, name] as const),
  );

  test.each(table)('millrace %s --%s is answered in a sentence', async (name, flag) => {
    const command = ENDING.find((each) => each.name === name) as CommandSaid;
    for (const value of NONSENSE) {
      const { code, text } = await say([name, ...words(command), `--${flag}=${value}`]);
      expect([value, text]).toEqual([value, expect.not.stringMatching(broken)]);
      expect([0, 1, 2, 3, 4]).toContain(code);
    }
  });

  test('watch takes no flag that run has not', () => {
    const flags = (name: string) => COMMANDS.find((each) => each.name === name)?.flags.map((flag) => flag.name);
    expect(flags('run')).toEqual(expect.arrayContaining(flags('watch') as string[]));
  });
});

describe('a word that means nothing', () => {
  test.each(ENDING.filter(({ most }) => most !== 0).map(({ name, least = 1 }) => [name, least] as const))(
    'millrace %s is answered in a sentence',
    async (name, least) => {
      for (const word of NONSENSE.filter((each) => !each.startsWith('-'))) {
        if (name === 'init' && !/^\w/.test(word)) continue;
        const { text } = await say([name, ...Array.from({ length: least }, () => word)]);
        expect([word, text]).toEqual([word, expect.not.stringMatching(broken)]);
      }
    },
  );
});

test('a column that is not there is named with the nearest, and ends with code 2', async () => {
  expect(await say(['show', 'answers', '--columns', 'anwser'])).toEqual({
    code: 2,
    text: 'millrace: Cannot show the column anwser: the table has none of this name. Did you mean answer?\n',
  });
});

test('a store where no folder can be made is refused in a sentence', async () => {
  symlinkSync('nowhere/store', 'dangling');
  const refused = async (store: string) => (await say(['run', '--store', store])).text.replaceAll('\n', ' ');
  expect(await refused('/proc/x')).toMatch(/cannot be made: \/proc\/x .*takes no folder there\. Choose another place/);
  expect(await refused('dangling')).toMatch(/cannot be made: \S+dangling .*a link that leads to nothing/);
  expect(await refused('dangling/deeper')).toMatch(/cannot be made: \S+deeper .*a link that leads to nothing/);
  expect(existsSync('nowhere')).toBe(false);
});
