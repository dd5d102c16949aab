import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../packages/millrace/src/command/said.js';
import { built, environment, project, removeProjects, write } from '../../packages/millrace/test/command/millrace.js';

afterAll(removeProjects);

interface Block {
  readonly language: string;
  /** ```yaml pipeline.yaml: the file that the block is. */
  readonly file: string | undefined;
  readonly text: string;
}

const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/^```(\w+)(?: +(\S+))?\n([\s\S]*?)^```$/gm)].map(([, language = '', file, text = '']) => ({
    language,
    file,
    text,
  }));

/** `millrace plan # exits with 4` */
const linesOf = (text: string): { line: string; code: number }[] =>
  text
    .split('\n')
    .filter((line) => line.trim() && !line.startsWith('#'))
    .map((line) => ({ line, code: Number(/# exits with (\d+)$/.exec(line)?.[1] ?? 0) }));

const bin = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-docs-bin-')));
afterAll(() => rmSync(bin, { recursive: true, force: true }));

beforeAll(() => {
  write(bin, { millrace: `#!/bin/sh\nexec "${process.execPath}" "${built()}" "$@"\n` });
  chmodSync(join(bin, 'millrace'), 0o755);
});

const sh = (folder: string, line: string) =>
  spawnSync('sh', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    env: environment({ PATH: `${bin}:${process.env['PATH']}` }),
  });

/** Pages begin in a folder where `millrace init` was done; blocks run in their order. */
function tryPage(file: string): void {
  const folder = project({});
  expect(sh(folder, 'millrace init').status).toBe(0);
  for (const { language, file: name, text } of blocksOf(readFileSync(file, 'utf8'))) {
    if (name !== undefined) write(folder, { [name]: text });
    if (language !== 'sh') continue;
    for (const { line, code } of linesOf(text)) {
      const { status, stdout, stderr } = sh(folder, line);
      expect([line, status, status === code ? '' : `${stdout}${stderr}`]).toEqual([line, code, '']);
    }
  }
}

const pagesIn = (folder: string): string[] =>
  readdirSync(join(process.cwd(), folder)).map((name) => join(folder, name));

describe.each(['docs/command', 'docs/tasks'])('%s', (folder) => {
  test.each(pagesIn(folder))('%s does what it says', (file) => tryPage(join(process.cwd(), file)));
});

test('there is a page for each command', () => {
  expect(pagesIn('docs/command').sort()).toEqual(COMMANDS.map(({ name }) => `docs/command/${name}.md`).sort());
});

test('every flag that a page names is one', () => {
  for (const { name, flags } of COMMANDS) {
    const page = readFileSync(join(process.cwd(), `docs/command/${name}.md`), 'utf8');
    const named = [...page.matchAll(new RegExp(`millrace ${name} [^\\n\`]*`, 'g'))].flatMap(([line]) =>
      [...line.matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag as string),
    );
    const known = [...flags.map((flag) => flag.name), 'json', 'help', 'store', 'quiet', 'verbose'];
    expect([name, named.filter((flag) => !known.includes(flag))]).toEqual([name, []]);
  }
});
