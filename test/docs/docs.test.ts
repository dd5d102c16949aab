import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../jest/remove.js';
import { COMMANDS } from '../../packages/millrace/src/command/said.js';
import {
  begin,
  built,
  environment,
  project,
  removeProjects,
  write,
} from '../../packages/millrace/test/command/millrace.js';
import { blocksOf, linesOf, pagesIn } from './blocks.js';

afterAll(removeProjects);

const bin = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-docs-bin-')));
afterAll(() => remove(bin));

let begun = '';
beforeAll(() => {
  write(bin, { millrace: `#!/bin/sh\nexec "${process.execPath}" "${built()}" "$@"\n` });
  chmodSync(join(bin, 'millrace'), 0o755);
  begun = project({});
  expect(sh(begun, 'millrace init').status).toBe(0);
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
  cpSync(begun, folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  for (const { language, file: name, text, marked } of blocksOf(file)) {
    if (marked?.how === 'not run') continue;
    if (name !== undefined) write(folder, { [name]: text });
    else expect([file, language]).toEqual([file, 'sh']);
    if (language !== 'sh') continue;
    for (const { line, code } of linesOf(text)) {
      const { status, stdout, stderr } = sh(folder, line);
      expect([line, status, status === code ? '' : `${stdout}${stderr}`]).toEqual([line, code, '']);
    }
  }
}

describe.each(['docs/command', 'docs/tasks'])('%s', (folder) => {
  test.each(pagesIn(folder))('%s does what it says', (file) => tryPage(file));
});

test.each([
  ['once', ['SIGINT']],
  ['twice, as some terminals and package managers send it', ['SIGINT', 'SIGINT']],
  ['by timeout', ['SIGTERM', 'SIGTERM']],
] as const)('docs/command/watch.md does what it says: a request to end comes %s', async (_, signals) => {
  const folder = project({});
  cpSync(begun, folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  const going = begin(folder, ['watch']);
  await going.until('Ctrl-C ends');
  for (const signal of signals) going.signal(signal);
  expect((await going.end).code).toBe(0);
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
