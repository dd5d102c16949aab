import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

const ROWS = '{"a":"secret"}\n';

/** A project with something beside it that is none of its business. */
function placed() {
  const folder = project({ 'in/o.jsonl': ROWS, 'o.jsonl': ROWS, 'o.txt': 'secret\n' });
  const here = join(folder, 'app');
  write(here, { 'package.json': '{ "type": "module" }', 'own.txt': 'own\n', 'own.jsonl': '{"a":1}\n' });
  symlinkSync(join(folder, 'node_modules'), join(here, 'node_modules'));
  symlinkSync('..', join(here, 'out'));
  symlinkSync(join(folder, 'o.txt'), join(here, 'link.txt'));
  symlinkSync(join(folder, 'in'), join(here, 'linked'));
  return { folder, here };
}

const refused = { code: expect.any(Number), err: expect.stringMatching(/leads out of the project/) };

describe('a source of a pipeline file reads nothing outside of the project', () => {
  const { folder, here } = placed();
  test.each([
    pathToFileURL(join(folder, 'o.txt')).href,
    `file://${here}/../o.txt`,
    `file://${here}/link.txt`,
    './*.txt',
    '*.txt',
    '**/*.txt',
    'out/*.txt',
    'out/*.{txt,md}',
    'out/o.txt',
    '../o.txt',
    '../*.txt',
    'link.txt',
    'linked/',
    'linked/o.jsonl',
    'linked/*.jsonl',
    join(folder, 'o.txt'),
    join(folder, '*.txt'),
    join(folder, 'in/'),
    '/etc/passwd',
    '/etc/host?',
  ])('by %s', (path) => {
    write(here, {
      'pipeline.yaml': `stages:\n  q: { source: ${JSON.stringify(path)}, into: t, format: ${formatOf(path)} }\n`,
    });
    const { code, err } = millrace(here, ['run']);
    expect({ code, err }).toEqual(refused);
    expect(code).not.toBe(0);
  });

  test.each([
    ['source.text', 'link.txt'],
    ['source.text', join(folder, 'o.txt')],
    ['source.jsonl', '../o.jsonl'],
    ['source.jsonl', 'linked/o.jsonl'],
    ['source.jsonl', pathToFileURL(join(folder, 'o.jsonl')).href],
    ['source.files', 'out/*.txt'],
    ['source.files', 'linked'],
  ])('nor does one in TypeScript: %s by %s', (by, path) => {
    write(here, {
      'script.ts': `import { pipeline, source } from 'millrace';\nexport default pipeline({ q: ${by}(${JSON.stringify(path)}) });\n`,
    });
    expect(millrace(here, ['run', '--file', 'script.ts'])).toMatchObject(refused);
  });

  test.each(['{ file: ../o.txt }', '{ file: linked }', 'link.txt', 'out/o.txt'])('nor a command, by %s', (word) => {
    write(here, {
      'pipeline.yaml': `stages:\n  q: { command: [cp, ${word}, { output: q }], outputs: { q: folder } }\n`,
    });
    expect(millrace(here, ['run'])).toMatchObject(refused);
  });

  test('nor what a command says that it uses', () => {
    write(here, {
      'pipeline.yaml': `stages:\n  q: { command: [touch, { output: q }], uses: ['out/*.txt'], outputs: { q: folder } }\n`,
    });
    expect(millrace(here, ['run'])).toMatchObject(refused);
  });
});

const formatOf = (path: string): string => (/[*?{}]|\/$/.test(path) ? 'files' : 'text');

describe('a model on this machine', () => {
  const planned = (here: string, folder: string) => {
    const model = `{ name: local/mine, options: { folder: ${JSON.stringify(folder)} } }`;
    write(here, {
      'pipeline.yaml': `stages:\n  q: { source: own.jsonl }\n  v: { embed: q, from: a, model: ${model}, into: v }\n`,
    });
    return millrace(here, ['plan']);
  };

  test('lies in the project, or where its absolute path says', () => {
    const { folder, here } = placed();
    write(folder, { 'in/model.onnx': 'weights' });
    write(here, { 'models/real/model.onnx': 'weights' });
    symlinkSync(join(folder, 'in'), join(here, 'models/link'));
    expect(planned(here, 'models/link')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/leads out of the project/),
    });
    expect([planned(here, 'models/real').code, planned(here, join(folder, 'in')).code]).toEqual([4, 4]);
  });
});

describe('a data set that another program saved', () => {
  test('is refused where its folder, a split or a shard leads out', () => {
    const { folder, here } = placed();
    write(folder, {
      'in/set/state.json': '{ "_data_files": [{ "filename": "data.arrow" }] }',
      'in/set/data.arrow': '',
    });
    write(here, {
      'set/state.json': '{ "_data_files": [{ "filename": "../../in/set/data.arrow" }] }',
      'dict/dataset_dict.json': '{ "splits": ["train"] }',
    });
    symlinkSync(join(folder, 'in/set'), join(here, 'dict/train'));
    for (const path of ['linked/set', '../in/set', 'set', 'dict']) {
      write(here, { 'pipeline.yaml': `stages:\n  q: { source: ${path}, format: hf }\n` });
      expect([path, millrace(here, ['run'])]).toMatchObject([path, refused]);
    }
  });
});

describe('code of a pipeline file comes from the project', () => {
  test.each([
    ['a function', 'stages:\n  q: { source: own.jsonl }\n  m: { map: q, with: ./PATH.ts#f }\n', 'ts'],
    ['an include', 'include: ./PATH.yaml\nstages:\n  q: { source: own.jsonl }\n', 'yaml'],
  ])('%s by a link or by a folder that is one is refused, also where data may be read there', (_, yaml, extension) => {
    const { folder, here } = placed();
    const mark = join(folder, 'ran');
    write(folder, {
      'in/evil.ts': `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, '');\nexport const f = () => ({ b: 1 });\n`,
      'in/evil.yaml': 'stages:\n  x: { source: own.jsonl }\n',
    });
    symlinkSync(join(folder, `in/evil.${extension}`), join(here, `near.${extension}`));
    write(here, { 'millrace.config.json': '{ "alsoRead": ["../in"] }' });
    for (const path of ['near', 'linked/evil', '../in/evil', 'out/in/evil']) {
      write(here, { 'pipeline.yaml': yaml.replace('PATH', path) });
      const { code, err } = millrace(here, ['plan']);
      expect([path, code, err]).toEqual([path, 2, expect.stringMatching(/leads out of the project/)]);
    }
    expect(existsSync(mark)).toBe(false);
  });
});

describe('what lies in the project is read', () => {
  test('by its path, by a link, by its address, by a pattern', () => {
    const { here } = placed();
    mkdirSync(join(here, 'data/deep'), { recursive: true });
    write(here, { 'data/deep/a.txt': 'a\n' });
    symlinkSync('data/deep/a.txt', join(here, 'a'));
    symlinkSync('data', join(here, 'd'));
    const sources = [
      'own.txt',
      'a',
      'd/deep/a.txt',
      `file://${here}/own.txt`,
      join(here, 'own.txt'),
      './data/../own.txt',
    ];
    const files = ['d/**/*.txt', 'data/*/*.txt'];
    const yaml = [
      ...sources.map((path, at) => `  s${at}: { source: ${JSON.stringify(path)}, format: text }\n`),
      ...files.map((path, at) => `  f${at}: { source: ${JSON.stringify(path)} }\n`),
    ].join('');
    write(here, { 'pipeline.yaml': `stages:\n${yaml}` });
    expect(millrace(here, ['run'])).toMatchObject({ code: 0, err: '' });
  });

  test('a name that only begins with dots is one of the project', () => {
    const { here } = placed();
    write(here, { '..data/a.txt': 'a\n', 'pipeline.yaml': 'stages:\n  q: { source: ..data/a.txt }\n' });
    expect(millrace(here, ['run'])).toMatchObject({ code: 0, err: '' });
  });

  test('and so is the program of a command, wherever it is installed', () => {
    const { here } = placed();
    symlinkSync('/bin/sh', join(here, 'sh'));
    write(here, {
      'pipeline.yaml': `stages:\n  q: { command: [./sh, -c, { text: 'echo 1 > q/x' }], outputs: { q: folder } }\n`,
    });
    expect(millrace(here, ['run'])).toMatchObject({ code: 0, err: '' });
  });
});

describe('the way out that the message names', () => {
  test.each([
    ['a link', 'link.txt'],
    ['an absolute path', undefined],
    ['a relative path', '../o.txt'],
  ])('lets %s be read', (_, path) => {
    const { folder, here } = placed();
    const from = path ?? join(folder, 'o.txt');
    write(here, { 'pipeline.yaml': `stages:\n  q: { source: ${JSON.stringify(from)} }\n` });
    const { err } = millrace(here, ['run']);
    const [, file = '', text = `{ "alsoRead": ["../../${basename(folder)}"] }`] =
      /in (\S+): (\{.*\})\./.exec(err) ?? [];
    write(here, { [file === '' ? 'millrace.config.json' : file.slice(here.length + 1)]: text });
    expect(millrace(here, ['run'])).toMatchObject({ code: 0, err: '' });
  });

  test('is the folder itself where a folder is read', () => {
    const { folder, here } = placed();
    write(folder, { 'data/a.txt': 'a' });
    symlinkSync(join(folder, 'data'), join(here, 'data'));
    write(here, { 'pipeline.yaml': 'stages:\n  q: { source: data/*.txt }\n' });
    expect(millrace(here, ['run']).err).toContain(`{ "alsoRead": [${JSON.stringify(join(folder, 'data'))}] }`);
  });

  test('and nothing beside it', () => {
    const { here } = placed();
    write(here, {
      'millrace.config.json': '{ "alsoRead": ["../in"] }',
      'pipeline.yaml': 'stages:\n  q: { source: linked/o.jsonl }\n  r: { source: link.txt }\n',
    });
    const { code, err } = millrace(here, ['run']);
    expect([code, err]).toEqual([2, expect.stringMatching(/link\.txt leads out of the project/)]);
    expect(err).not.toMatch(/linked/);
  });

  test('is a list of folders, which is said', () => {
    const folder = project({ 'millrace.config.json': '{ "alsoRead": "../in" }' });
    expect(millrace(folder, ['ls']).err).toMatch(/alsoRead is a list of folders/);
  });
});
