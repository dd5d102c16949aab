import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { built, environment, project, removeProjects } from './millrace.js';

afterAll(removeProjects);

/** What a script prints that ends with an error which it does not catch. */
function uncaught(name: string, lines: readonly string[]): string {
  built();
  const folder = project({ [name]: `${lines.join('\n')}\n` });
  const { status, stderr } = spawnSync(process.execPath, [join(folder, name)], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  return stderr.replaceAll(folder, 'PROJECT');
}

const ROWS = `import { pipeline, source } from 'millrace';\nconst rows = source.rows([{ a: 1 }]);`;

describe('an error that a script does not catch shows the line of the script and what is wrong, and no page of our code', () => {
  test.each([
    [
      'a run option that is not there',
      [ROWS, 'const p = pipeline({ rows });', 'await p.run({ consurrency: 3 });'],
      /consurrency/,
      'a.mjs:4:9',
    ],
    [
      'the same of a plan',
      [ROWS, 'const p = pipeline({ rows });', 'await p.plan({ consurrency: 3 });'],
      /consurrency/,
      'a.mjs:4:9',
    ],
    [
      'in a function that nobody waits for',
      [
        ROWS,
        'const p = pipeline({ rows });',
        'async function main() {',
        '  await p.run({ consurrency: 3 });',
        '}',
        'main();',
      ],
      /consurrency/,
      'a.mjs:5:11',
    ],
    ['a setting that is not there', [ROWS, "source.jsonl('x', { colums: {} });"], /colums/, 'a.mjs:3:8'],
    [
      'a file that is not there',
      [ROWS, "const p = pipeline({ x: source.jsonl('no.jsonl') });", '', 'await p.run();'],
      /no\.jsonl is not there/,
      'a.mjs:5:9',
    ],
    [
      'a source that cannot be read',
      [ROWS, "const p = pipeline({ x: source.jsonl('a.mjs') });", 'await p.run();', ''],
      /The run ended early.*a\.mjs/,
      'a.mjs:4:9',
    ],
    [
      'an output that is not there',
      [ROWS, 'const p = pipeline({ rows });', "await p.run({ only: ['nothing'] });"],
      /nothing/,
      'a.mjs:4:9',
    ],
    [
      'an event stream',
      [ROWS, 'pipeline({ rows }).events({ consurrency: 3 }).subscribe();'],
      /consurrency/,
      'a.mjs:3:20',
    ],
    [
      'what was stored last, of a store that cannot be used',
      [ROWS, "const p = pipeline({ rows }, { store: '/dev/null/x' });", 'await p.last();'],
      /dev\/null/,
      'a.mjs:4:9',
    ],
  ])('%s', (_, lines, says, place) => {
    const text = uncaught('a.mjs', lines);
    expect(text).toMatch(says);
    expect(text).toContain(`PROJECT/${place}`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(2_000);
    expect(text.length).toBeLessThan(6_000);
  });

  test('its own frame is the first one, where it waited for us', () => {
    const text = uncaught('b.mjs', [ROWS, 'const p = pipeline({ rows });', 'await p.run({ consurrency: 3 });']);
    const [first] = text.split('\n').filter((line) => line.startsWith('    at '));
    expect(first).toContain('PROJECT/b.mjs:4:9');
  });
});
