import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { runOn } from '../testing/run.js';
import type { CommandOptions } from './run.js';
import { command } from './stage.js';
import { type Project, project } from './testing/project.js';

let here: Project;
beforeEach(() => {
  here = project();
});
afterEach(() => here.remove());

const made = (text: string, options: CommandOptions) =>
  command(
    {
      argv: ['node', '-e', { text: `fs.writeFileSync(process.argv[1] + '/f', '${text}')` }, { output: 'o' }],
      outputs: { o: { folder: true } },
    },
    options,
  );
const run = (outputs: Record<string, never>, store = memoryStore()) => runOn(store, outputs, { base: here.base });

describe('a place', () => {
  test('is filled for each of two equal stages, also where they are reused', async () => {
    const store = memoryStore();
    const both = () => ({ one: made('1', { at: './one' }), two: made('1', { at: './two' }) }) as never;
    await run(both(), store);
    expect([here.read('one/f'), here.read('two/f')]).toEqual(['1', '1']);
    here.write('one/other', '');
    const third = { ...(both() as object), three: made('1', { at: './three' }) } as never;
    await run(third, store);
    expect(existsSync(join(here.base, 'three/f'))).toBe(true);
  });

  test('of two different stages at once is refused before anything runs, and taken in turn otherwise', async () => {
    const both = { a: made('a', { at: './mine' }), b: made('b', { at: { path: 'mine' } }) } as never;
    await expect(run(both)).rejects.toThrow(
      /b: its output is to stand at mine, where that of a is to stand\. Give one of them another path/,
    );
    expect(existsSync(join(here.base, 'mine'))).toBe(false);
    await runOn(memoryStore(), both, { base: here.base, only: ['b'] });
    expect(here.read('mine/f')).toBe('b');
  });

  test('that another stage reads by its path is refused before anything runs, with the way out', async () => {
    const reader = command(
      { argv: ['node', '-e', { text: '' }, { file: 'made/f' }, { output: 'o' }], outputs: { o: 'folder' } },
      {},
    );
    for (const folder of ['made', 'made-not']) mkdirSync(join(here.base, folder));
    here.write('made/f', 'before');
    await expect(run({ reader, a: made('1', { at: './made' }) } as never)).rejects.toThrow(
      /reader: it reads \.\/made by its path, where a puts its output: .* Take a as its input instead of the path/,
    );
    expect(here.read('made/f')).toBe('before');
    const beside = command(
      { argv: ['node', '-e', { text: '' }, { file: 'made-not/f' }, { output: 'o' }], outputs: { o: 'folder' } },
      {},
    );
    here.write('made-not/f', '');
    await run({ beside, b: made('1', { at: './made' }) } as never).catch(String);
    expect(here.read('made-not/f')).toBe('');
  });
});
