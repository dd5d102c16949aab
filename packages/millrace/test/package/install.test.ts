import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { built, environment, type Said, statuses } from '../command/millrace.js';

/** Asks the registry of npm: with MILLRACE_CAMPAIGN=1. */
const campaign = process.env['MILLRACE_CAMPAIGN'] === '1' ? describe : describe.skip;

const MOST_BYTES = 60e6;
const folder = mkdtempSync(join(tmpdir(), 'millrace-install-'));
const project = join(folder, 'project');
afterAll(() => remove(folder));

function start(command: string, words: readonly string[], cwd = project): Said {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, env: environment(), encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const millrace = (...words: string[]): Said => start('node_modules/.bin/millrace', words);

campaign('packed and installed in an empty folder', () => {
  beforeAll(() => {
    start('npx', ['tsc', '-b', 'packages/millrace'], process.cwd());
    built();
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
    for (const name of ['core', 'code', 'arrow-store', 'stages', 'millrace'])
      start('npm', ['pack', '--pack-destination', folder], resolve('packages', name));
    const packed = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    const { code, err } = start('npm', [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      ...packed.map((name) => join(folder, name)),
    ]);
    expect([packed.length, code, code && err]).toEqual([5, 0, 0]);
  });

  test('it takes no more than 60 MB', () => {
    const { out } = start('du', ['-sb', 'node_modules']);
    expect(Number.parseInt(out, 10)).toBeGreaterThan(10e6);
    expect(Number.parseInt(out, 10)).toBeLessThanOrEqual(MOST_BYTES);
  });

  test('init, run, edit, run again, why', () => {
    expect(millrace('init')).toMatchObject({ code: 0, err: '' });
    expect(statuses(millrace('run').out)).toEqual(
      expect.arrayContaining(['ran questions', 'ran answers', 'ran scores.em']),
    );
    expect(statuses(millrace('run').out)).toEqual(
      expect.arrayContaining(['reused questions', 'reused answers', 'reused scores.em']),
    );
    const file = join(project, 'data/questions.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(1).join('\n'));
    const why = millrace('why', 'answers');
    expect([why.code, why.out]).toEqual([0, expect.stringMatching(/questions/)]);
    expect(millrace('run').out).toMatch(/^ran +answers +0 of \d+ rows/m);
  });

  test('what is not installed is named with the line that installs it', () => {
    writeFileSync(
      join(project, 'hub.yaml'),
      'stages:\n  bert: { download: org/bert, options: { endpoint: "http://127.0.0.1:9" } }\n',
    );
    expect(millrace('run', '--file', 'hub.yaml')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/npm install @huggingface\/hub/),
    });
  });

  test('a pipeline in code is read, and its types are those of the package', () => {
    writeFileSync(
      join(project, 'own.ts'),
      "import { map, pipeline, source } from 'millrace';\nconst rows = source.jsonl('data/questions.jsonl', { columns: { id: 'int64', question: 'text', gold: 'text' } });\nexport default pipeline({ rows, long: map(rows, { run: ({ question }) => ({ long: question.length }) }) });\n",
    );
    expect(millrace('run', '--file', 'own.ts')).toMatchObject({ code: 0, err: '' });
    const words = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', 'own.ts'];
    expect(start(resolve('node_modules/.bin/tsc'), words)).toMatchObject({ code: 0, out: '' });
  });
});
