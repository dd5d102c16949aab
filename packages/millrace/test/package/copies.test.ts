import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { built, environment, type Said, write } from '../command/millrace.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-copies-')));
afterAll(() => remove(folder));
const cache = join(folder, 'cache');

const SCRIPT = `import { pipeline, source } from 'millrace';
const { rows } = await pipeline({ rows: source.jsonl('rows.jsonl') }).run({});
console.log(rows.count);
`;

/** A project with a copy of the package, as an installation makes it. */
function projectWithCopy(name: string): string {
  const project = join(folder, name);
  const copy = join(project, 'node_modules/millrace');
  mkdirSync(copy, { recursive: true });
  for (const part of ['package.json', 'dist/bundle'])
    cpSync(resolve('packages/millrace', part), join(copy, part), { recursive: true });
  symlinkSync(resolve('packages/millrace/node_modules'), join(copy, 'node_modules'));
  write(project, {
    'package.json': '{ "private": true }\n',
    'rows.jsonl': '{ "id": 1 }\n',
    'script.mjs': SCRIPT,
    'pipeline.yaml': 'stages:\n  rows: { source: rows.jsonl }\n',
  });
  return project;
}

function start(cwd: string, words: readonly string[]): Said {
  const env = environment({ XDG_CACHE_HOME: cache });
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd, env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const command = (cwd: string): Said => start(cwd, ['node_modules/millrace/dist/bundle/millrace.js', 'run']);
const engines = () => readdirSync(join(cache, 'millrace')).filter((name) => name.startsWith('engine-'));

test('two projects with the same version find their own files, whoever of them started first', () => {
  built();
  const [a, b] = [projectWithCopy('a'), projectWithCopy('b')];
  expect([command(a).code, engines().length]).toEqual([0, 1]);
  for (const project of [b, a]) expect(start(project, ['script.mjs'])).toEqual({ code: 0, out: '1\n', err: '' });
  expect([command(b).code, engines().length]).toEqual([0, 2]);
});

test('what copies left that are gone is swept after a week', () => {
  const old = join(cache, 'millrace/engine-of-long-ago');
  writeFileSync(old, '');
  utimesSync(old, new Date('2020-01-01'), new Date('2020-01-01'));
  command(projectWithCopy('c'));
  expect(engines()).toHaveLength(3);
});

test('what was made once is taken by the runtime, and not made again', () => {
  const project = projectWithCopy('e');
  const before = engines();
  command(project);
  const [made] = engines().filter((name) => !before.includes(name));
  const file = join(cache, 'millrace', made as string);
  const { ino } = statSync(file);
  expect([command(project).code, statSync(file).ino]).toEqual([0, ino]);
});

test('damaged machine code is made again, not run', () => {
  const project = projectWithCopy('d');
  const before = engines();
  expect(command(project).code).toBe(0);
  const [made] = engines().filter((name) => !before.includes(name));
  const file = join(cache, 'millrace', made as string);
  const whole = readFileSync(file);
  writeFileSync(file, Buffer.from(whole).fill(0x5a, whole.length / 4, whole.length / 2));
  expect(command(project)).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(file).includes(Buffer.alloc(64, 0x5a))).toBe(false);
});
