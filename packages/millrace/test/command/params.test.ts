import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects, statuses, write } from './millrace.js';

afterAll(removeProjects);

const pipeline = (top: string, run: string, more = ''): string => `
import { map, params, pipeline, secret, source } from 'millrace';
${top}
const rows = source.rows([{ id: 1 }, { id: 2 }]);
export const out = map(rows, { ${run}${more} });
export default pipeline({ out });
`;

const LIB = `import { params } from 'millrace';
const { k } = params({ k: 2 });
export const times = (x) => x * k;
`;

const valuesIn = (folder: string, ...words: string[]): unknown[] => {
  rmSync(join(folder, 'out.jsonl'), { force: true });
  expect(millrace(folder, ['export', 'out', ...words, '--to', 'out.jsonl'])).toMatchObject({ code: 0, err: '' });
  return read(folder, 'out.jsonl')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { u: unknown }).u);
};

const runs = (folder: string, ...words: string[]): string => {
  const { code, out, err } = millrace(folder, ['run', ...words]);
  expect([code, err]).toEqual([0, '']);
  return statuses(out).find((line) => line.endsWith(' out')) as string;
};

describe('a parameter that a function reads is in its key', () => {
  const ways: Readonly<Record<string, readonly [top: string, run: string]>> = {
    'taken apart': ['const { k, other } = params({ k: 2, other: 5 });', 'run: ({ id }) => ({ u: id * k })'],
    'under another name': ['const { k: by } = params({ k: 2, other: 5 });', 'run: ({ id }) => ({ u: id * by })'],
    'of an object': ['const p = params({ k: 2, other: 5 });', 'run: ({ id }) => ({ u: id * p.k })'],
    'computed from it': [
      'const { k } = params({ k: 2, other: 5 });\nconst twice = k * 2;',
      'run: ({ id }) => ({ u: id * (twice - k) })',
    ],
    'in another file': [
      "import { times } from './lib.js';\nconst { other } = params({ other: 5 });",
      'run: ({ id }) => ({ u: times(id) })',
    ],
    'of all of the framework': [
      "import * as all from 'millrace';\nconst p = all.params({ k: 2, other: 5 });",
      'run: ({ id }) => ({ u: id * p.k })',
    ],
  };

  test.each(Object.entries(ways))('%s: another value runs it again, another parameter does not', (_, [top, run]) => {
    const folder = project({ 'pipeline.mjs': pipeline(top, run), 'lib.js': LIB });
    expect([runs(folder), valuesIn(folder)]).toEqual(['ran out', [2, 4]]);
    expect(runs(folder, '--set', 'k=2')).toBe('reused out');
    expect(runs(folder, '--set', 'other=7')).toBe('reused out');
    expect(runs(folder, '--set', 'k=3')).toBe('ran out');
    expect(valuesIn(folder, '--set', 'k=3')).toEqual([3, 6]);
    expect(runs(folder)).toBe('reused out');
  });

  test.each([
    ['names that are not written out', 'const names = { k: 2 };\nconst p = params({ ...names });', 'id * p.k'],
    ['an object that goes elsewhere', 'const get = (from) => from.k;\nconst p = params({ k: 2 });', 'id * get(p)'],
    ['a rest', 'const { ...rest } = params({ k: 2 });', 'id * rest.k'],
    ['a call in its own body', 'params({ k: 2 });\nconst k = () => params({ k: 2 }).k;', 'id * k()'],
  ])('%s', (_, top, value) => {
    const folder = project({ 'pipeline.mjs': pipeline(top, `run: ({ id }) => ({ u: ${value} })`) });
    expect([runs(folder), valuesIn(folder)]).toEqual(['ran out', [2, 4]]);
    expect(runs(folder, '--set', 'k=3')).toBe('ran out');
    expect(valuesIn(folder, '--set', 'k=3')).toEqual([3, 6]);
  });

  test('what a statement makes of it counts', () => {
    const changed = (by: number) =>
      pipeline(`const p = params({ k: 2 });\np.k *= ${by};`, 'run: ({ id }) => ({ u: id * p.k })');
    const folder = project({ 'pipeline.mjs': changed(2) });
    expect([runs(folder), valuesIn(folder)]).toEqual(['ran out', [4, 8]]);
    write(folder, { 'pipeline.mjs': changed(5) });
    expect([runs(folder), valuesIn(folder)]).toEqual(['ran out', [10, 20]]);
  });

  test('plan names the parameter that changed', () => {
    const folder = project({
      'pipeline.mjs': pipeline('const { k } = params({ k: 2 });', 'run: ({ id }) => ({ u: id * k })'),
    });
    runs(folder, '--set', 'k=3');
    expect(millrace(folder, ['plan', '--set', 'k=4']).out).toContain('params.k');
  });
});

describe('a secret in a function', () => {
  const top = "const key = secret.env('SERVICE_KEY');";
  const run = 'run: ({ id }) => ({ u: `${id} ${key.reveal().length}` })';

  test('that is pure is refused, with the place and the way out', () => {
    const { code, err } = millrace(project({ 'pipeline.mjs': pipeline(top, run) }), ['run'], { SERVICE_KEY: 'abc' });
    expect(code).toBe(2);
    expect(err).toMatch(/out: the function run reads a secret \(pipeline\.mjs:3:\d+\)/);
    expect(err).toContain("Give what it needs by open, or say nature: 'answered' if it asks a service.");
  });

  test('that asks a service is read, and its value is in no key', () => {
    const folder = project({ 'pipeline.mjs': pipeline(top, run, ", nature: 'answered'") });
    const status = (value: string) => statuses(millrace(folder, ['run'], { SERVICE_KEY: value }).out).at(-1);
    expect([status('abc'), status('abcdef')]).toEqual(['ran out', 'reused out']);
  });
});
