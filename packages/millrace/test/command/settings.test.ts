import { chmodSync, chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects, statuses, write } from './millrace.js';

afterAll(removeProjects);

const YAML = 'stages:\n  q: { source: d.jsonl }\n';
const DATA = '{"a":1}\n';
const telling = (mark: string, says = '{}'): string =>
  `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, '');\nexport default ${says};\n`;

/** A folder with another one in it, two below, where commands are called. */
function nested(files: Readonly<Record<string, string>>) {
  const above = project(files);
  const here = join(above, 'victim/proj');
  const mark = join(above, 'ran');
  return { above, here, mark, ran: () => existsSync(mark) };
}

const CODE_NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `millrace.config.${extension}`);
const COMMANDS = [['ls'], ['ls', '--all'], ['run'], ['plan'], ['runs'], ['gc', '--dry-run'], ['verify'], ['diff']];

describe('settings as code that lie above', () => {
  test.each(CODE_NAMES)('%s is not run, and that is said once, with what to do', (name) => {
    const { above, here, mark, ran } = nested({});
    write(above, { [name]: telling(mark), 'victim/proj/pipeline.yaml': YAML, 'victim/proj/d.jsonl': DATA });
    const { code, err, out } = millrace(here, ['run']);
    expect([code, ran(), statuses(out)]).toEqual([0, false, ['ran q']]);
    expect(err).toBe(
      `millrace: ${join(above, name)} is not run, and none of its settings count: it lies above ${here}, and code is run only from the folder of the pipeline file. Say the same as data, in ${join(above, 'millrace.config.json')}, or name the file: --config ${join(above, name)}.\n`,
    );
  });

  test.each(COMMANDS)('are not run by %s %s', (...words) => {
    const { above, here, mark, ran } = nested({});
    write(above, { 'millrace.config.ts': telling(mark), 'victim/proj/x': '' });
    millrace(
      here,
      words.filter((word) => word !== undefined),
    );
    expect(ran()).toBe(false);
  });

  test('are not run beside a manifest either, nor where the project has one of its own', () => {
    const { above, here, mark, ran } = nested({ 'package.json': '{}', '.git/HEAD': '' });
    write(above, {
      'millrace.config.js': telling(mark),
      'victim/proj/pipeline.yaml': YAML,
      'victim/proj/d.jsonl': DATA,
    });
    expect([millrace(here, ['ls']).code, ran()]).toEqual([0, false]);
    write(here, { 'package.json': '{}' });
    expect([millrace(here, ['ls']).code, ran()]).toEqual([0, false]);
  });

  test('are not run by a script that declares a pipeline', () => {
    const { above, here, mark, ran } = nested({});
    const code = `import { pipeline, source } from 'millrace';\nexport default pipeline({ q: source.rows([{ a: 1 }]) });\n`;
    write(above, { 'millrace.config.ts': telling(mark), 'victim/proj/pipeline.ts': code });
    expect([millrace(here, ['run']).code, ran()]).toEqual([0, false]);
  });

  test('are run where the user names them, and then their folder is where paths start', () => {
    const { above, here, mark, ran } = nested({});
    const config = telling(mark, '{ store: "kept" }');
    write(above, { 'millrace.config.ts': config, 'victim/proj/pipeline.yaml': YAML, 'victim/proj/d.jsonl': DATA });
    const { code, err } = millrace(here, ['run', '--config', '../../millrace.config.ts']);
    expect([code, err, ran(), existsSync(join(above, 'kept'))]).toEqual([0, '', true, true]);
  });

  test('that are not there are said', () => {
    const { code, err } = millrace(project({ 'pipeline.yaml': YAML }), ['ls', '--config', 'no.json']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/Cannot read the settings .*no\.json: there is no such file/),
    ]);
  });
});

describe('settings as code in the folder of the pipeline', () => {
  test.each(CODE_NAMES)('%s counts', (name) => {
    const folder = project({ 'pipeline.yaml': YAML, 'd.jsonl': DATA, [name]: 'export default { store: "kept" };\n' });
    expect(millrace(folder, ['run'])).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(folder)).toContain('kept');
  });

  test('count where the command is called from a folder below, once the pipeline is found', () => {
    const folder = project({ 'pipeline.yaml': YAML, 'd.jsonl': DATA, 'sub/x': '' });
    write(folder, { 'millrace.config.ts': 'export default { store: "kept" };\n' });
    expect(millrace(join(folder, 'sub'), ['run']).code).toBe(0);
    expect(readdirSync(folder)).toContain('kept');
  });
});

describe('settings as data that lie above', () => {
  test('say where things are kept', () => {
    const { above, here } = nested({ 'millrace.config.json': '{ "store": "kept" }' });
    write(here, { 'pipeline.yaml': YAML, 'd.jsonl': DATA });
    expect(millrace(here, ['run'])).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(above)).toContain('kept');
  });

  test.each(['evil.ts', 'evil.yaml', '../evil.ts'])('do not say what is run: %s', (file) => {
    const { above, here, mark, ran } = nested({ 'millrace.config.json': JSON.stringify({ file }) });
    const shell = `stages:\n  q: { command: [sh, -c, { text: "touch ${mark}; echo {} > q.jsonl" }], outputs: { q: { jsonl: true } } }\n`;
    write(above, { 'evil.ts': telling(mark), 'evil.yaml': shell, 'victim/proj/x': '' });
    const { code, err } = millrace(here, ['run']);
    expect([code, ran()]).toEqual([2, false]);
    expect(err).toMatch(/is not taken: the settings lie above/);
    expect(millrace(here, ['ls']).code).toBe(0);
  });

  test('name a pipeline where the command is called beside them', () => {
    const folder = project({ 'millrace.config.json': '{ "file": "flows/main.yaml" }', 'flows/main.yaml': YAML });
    write(folder, { 'flows/d.jsonl': DATA });
    expect(millrace(folder, ['run'])).toMatchObject({ code: 0, err: '' });
  });
});

test.each(['ESBUILD_BINARY_PATH', 'SUDO_UID'])(
  '%s in an environment file says not which program bundles, nor whom to trust',
  (name) => {
    const folder = project({
      'pipeline.ts':
        "import { pipeline, source } from 'millrace';\nexport default pipeline({ q: source.rows([{ a: 1 }]) });\n",
    });
    write(folder, { 'evil.sh': `#!/bin/sh\ntouch "${join(folder, 'ran')}"\n` });
    chmodSync(join(folder, 'evil.sh'), 0o755);
    write(folder, { '.env': `${name}=${join(folder, 'evil.sh')}\n` });
    const { code, err } = millrace(folder, ['plan'], { XDG_CACHE_HOME: join(folder, 'cache') });
    expect([code, err, existsSync(join(folder, 'ran'))]).toEqual([
      4,
      expect.stringMatching(new RegExp(`^millrace: ${name} in \\.env is not used`)),
      false,
    ]);
  },
);

const asRoot = process.geteuid?.() === 0 ? describe : describe.skip;

asRoot('what another user owns', () => {
  const OTHER = 12_345;
  const owned = (folder: string, name: string) => chownSync(join(folder, name), OTHER, OTHER);
  const code = (mark: string) =>
    `import { writeFileSync } from 'node:fs';\nimport { pipeline, source } from 'millrace';\nwriteFileSync(${JSON.stringify(mark)}, '');\nexport default pipeline({ q: source.rows([{ a: 1 }]) });\n`;

  test('as settings in code is not run, which is said, and is where it is named', () => {
    const folder = project({ 'pipeline.yaml': YAML, 'd.jsonl': DATA });
    write(folder, { 'millrace.config.ts': telling(join(folder, 'ran')) });
    owned(folder, 'millrace.config.ts');
    const { code: status, err } = millrace(folder, ['run']);
    expect([status, existsSync(join(folder, 'ran'))]).toEqual([0, false]);
    expect(err).toMatch(/millrace\.config\.ts is not run.*belongs to another user.*--config /);
    expect(millrace(folder, ['run', '--config', 'millrace.config.ts'])).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });

  test.each(['run', 'plan'])('as a pipeline is refused by %s, and run where it is named', (command) => {
    const folder = project({});
    write(folder, { 'pipeline.ts': code(join(folder, 'ran')) });
    owned(folder, 'pipeline.ts');
    const { code: status, err } = millrace(folder, [command]);
    expect([status, existsSync(join(folder, 'ran'))]).toEqual([2, false]);
    expect(err).toMatch(/Cannot use .*pipeline\.ts: it, or its folder, belongs to another user.*--file .*pipeline\.ts/);
    millrace(folder, [command, '--file', 'pipeline.ts']);
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });

  test('is run under sudo by who owns it', () => {
    const folder = project({});
    write(folder, { 'pipeline.ts': code(join(folder, 'ran')) });
    owned(folder, 'pipeline.ts');
    expect(millrace(folder, ['plan'], { SUDO_UID: '54321' }).code).toBe(2);
    expect(millrace(folder, ['plan'], { SUDO_UID: String(OTHER) }).code).toBe(4);
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });

  test('as a folder is refused, as a module of a pipeline too; ls looks into the store all the same', () => {
    const folder = project({ 'pipeline.yaml': YAML, 'd.jsonl': DATA, 'lib/text.ts': '' });
    const yaml = 'stages:\n  q: { source: d.jsonl }\n  m: { map: q, with: ./lib/text.ts#f }\n';
    const text = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(join(folder, 'ran'))}, '');\nexport const f = ({ a }) => ({ b: a });\n`;
    write(folder, { 'pipeline.yaml': yaml, 'lib/text.ts': text });
    owned(folder, 'lib/text.ts');
    const refused = millrace(folder, ['plan']);
    expect([refused.code, existsSync(join(folder, 'ran'))]).toEqual([2, false]);
    expect(refused.err).toMatch(/Cannot load .*text\.ts: it, or its folder, belongs to another user/);
    owned(folder, '.');
    expect(millrace(folder, ['run']).err).toMatch(/Cannot use .*pipeline\.yaml: it, or its folder, belongs/);
    expect(millrace(folder, ['ls'])).toMatchObject({ code: 0, err: expect.stringMatching(/belongs to another user/) });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});
