import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { serve, type TestServer } from '../../../stages/src/testing/server.js';
import {
  begin,
  built,
  environment,
  type Files,
  project,
  read,
  removeProjects,
  type Said,
  write,
} from '../command/millrace.js';

let server: TestServer;
let keys: (string | undefined)[];
beforeAll(() => void built());
beforeEach(async () => {
  keys = [];
  server = await serve(({ headers }, response) => {
    const key = headers.authorization?.slice('Bearer '.length);
    keys.push(key);
    if (key?.includes('wrong'))
      return void response.writeHead(401).end(JSON.stringify({ error: { message: `bad key ${key}` } }));
    response.end(JSON.stringify({ model: 'm', choices: [{ finish_reason: 'stop', message: { content: 'fine' } }] }));
  });
});
afterEach(() => server.close());
afterAll(removeProjects);

const asking = (): Files => ({
  'd.jsonl': '{"q":"one"}\n',
  'pipeline.yaml': `stages:
  q: { source: d.jsonl }
  a: { generate: q, model: { name: m1, baseURL: "${server.at}/v1", options: { apiKey: "\${env:CANARY_KEY}" } }, temperature: 0, prompt: "{{q}}", into: answer, options: { retries: 0 } }
`,
});

const run = (folder: string, words: readonly string[] = ['run'], env: Files = {}): Promise<Said> =>
  begin(folder, words, env).end;

const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
    .join('\n');

describe('a key that lies in the project', () => {
  test('is found in .env, in .env.local before it, and what is set wins', async () => {
    const folder = project({ ...asking(), '.env': 'CANARY_KEY=CANARY-of-env # mine\n' });
    expect(await run(folder)).toMatchObject({ code: 0, err: '' });
    write(folder, { '.env.local': 'export CANARY_KEY="CANARY-of-local"\n' });
    expect((await run(folder, ['run', '--force'])).code).toBe(0);
    expect((await run(folder, ['run', '--force'], { CANARY_KEY: 'CANARY-of-shell' })).code).toBe(0);
    expect(keys).toEqual(['CANARY-of-env', 'CANARY-of-local', 'CANARY-of-shell']);
  });

  test('is read from files that are named, the last first, or from none', async () => {
    const folder = project({
      ...asking(),
      '.env': 'CANARY_KEY=CANARY-of-env',
      one: 'CANARY_KEY=CANARY-one',
      two: 'CANARY_KEY=CANARY-two',
    });
    await run(folder, ['run', '--env-file', 'one']);
    await run(folder, ['run', '--force', '--env-file', 'one', '--env-file', 'two']);
    expect(keys).toEqual(['CANARY-one', 'CANARY-two']);
    const none = await run(folder, ['run', '--force', '--no-env-file']);
    expect([none.code, none.err]).toEqual([2, expect.stringMatching(/needs CANARY_KEY, which is not set/)]);
    const absent = await run(folder, ['run', '--env-file', 'three']);
    // Some versions of Node look for this flag behind the script too, and say it in their words.
    expect([absent.code, absent.err]).toEqual([
      expect.any(Number),
      expect.stringMatching(/three: not found|no environment file three/),
    ]);
    expect(absent.code).not.toBe(0);
  });

  test('is shown nowhere, also where a server repeats it', async () => {
    const folder = project({ ...asking(), '.env': 'CANARY_KEY=CANARY-wrong-0123456789' });
    const said = [
      await run(folder),
      await run(folder, ['run', '--json']),
      await run(folder, ['show', 'a', '--failed']),
    ];
    expect(keys).toContain('CANARY-wrong-0123456789');
    expect(said[0]?.out + (said[0]?.err ?? '')).toMatch(/401.*\[secret CANARY_KEY\]/s);
    const all = said.map(({ out, err }) => out + err).join('') + bytesIn(join(folder, '.millrace'));
    expect(all).not.toContain('CANARY-wrong');
  });

  test('lies in the own root: a file of a folder above is not read, and neither is a folder of that name', async () => {
    const outer = project({ '.env': 'CANARY_KEY=CANARY-above' });
    const folder = join(outer, 'inner');
    mkdirSync(join(folder, '.env'), { recursive: true });
    write(folder, { 'package.json': '{}', ...asking() });
    expect((await run(folder)).err).toMatch(/needs CANARY_KEY, which is not set/);
    expect(keys).toEqual([]);
  });

  test('is found by a script that runs a pipeline', async () => {
    const folder = project({ '.env': 'CANARY_KEY=CANARY-of-env', other: 'CANARY_KEY=CANARY-other' });
    const script = (options: string) => `
import { generate, model, pipeline, secret, source } from 'millrace';
const m = model('m1', { baseURL: '${server.at}/v1', temperature: 0 }, { apiKey: secret.env('CANARY_KEY') });
const a = generate(source.rows([{ q: 'one' }]), { model: m, prompt: '{{q}}', into: 'answer' }, { retries: 0 });
await pipeline({ a }, { cache: 'off', ${options} }).run();
`;
    write(folder, {
      'one.mjs': script(''),
      'two.mjs': script("envFile: 'other'"),
      'none.mjs': script('envFile: false'),
    });
    const codes = [];
    for (const name of ['one.mjs', 'two.mjs', 'none.mjs']) codes.push(await node(folder, name));
    expect([codes, keys]).toEqual([
      [0, 0, 1],
      ['CANARY-of-env', 'CANARY-other'],
    ]);
  });
});

const node = (folder: string, script: string): Promise<number | null> =>
  new Promise((ended) => {
    spawn(process.execPath, [script], { cwd: folder, env: environment() }).on('close', ended);
  });

describe('an environment file', () => {
  test('is read but for lines that say no value: they are named once, and their text is not', async () => {
    const env = 'A.B=1\nexport CANARY_KEY\n; a comment\nCANARY without a sign\nCANARY_KEY=CANARY-of-env\n';
    const folder = project({ ...asking(), '.env': env });
    const { code, err } = await run(folder);
    expect([code, err, keys]).toEqual([
      0,
      'millrace: .env:2: it is neither NAME=value nor a comment; .env:4: it is neither NAME=value nor a comment. Such lines are left out. Write NAME=value or NAME="value".\n',
      ['CANARY-of-env'],
    ]);
    expect((await run(folder, ['ls'])).err).toBe('');
  });

  test('that is named is read whole or not at all', async () => {
    const folder = project({ ...asking(), keys: 'A=1\n\nCANARY without a sign\n' });
    // Node reads such a file too, and has no complaint.
    const { code, err } = await run(folder, ['run', '--env-file', 'keys']);
    expect([code, err]).toEqual([2, expect.stringMatching(/Cannot read keys:3: .*--env-file/)]);
    expect(err).not.toContain('CANARY');
  });

  test('hides neither what says how programs run, nor words that all such files have', async () => {
    const values = ['/nowhere/of/mine', 'production', 'http://localhost:8000/v1', 'http://127.0.0.1:9/hook/012345'];
    const [path, word, address, hook] = values;
    const folder = project({
      '.env': `PATH=${path}\nNODE_ENV=${word}\nBASE=${address}\nHOOK=${hook}\nAPI_KEY=development\nGIT_SIGN=CANARY-of-git\n`,
      'd.jsonl': `${JSON.stringify({ q: 1 })}\n`,
      'pipeline.yaml': 'stages:\n  q: { source: d.jsonl }\n',
    });
    const refusals = await Promise.all(
      [...values, 'development', 'CANARY-of-git'].map(async (value) => (await run(folder, ['show', `x ${value}`])).err),
    );
    expect(refusals.map((err) => /no stage x (.*) in this/.exec(err)?.[1])).toEqual([
      path,
      word,
      address,
      '[secret HOOK]',
      '[secret API_KEY]',
      '[secret GIT_SIGN]',
    ]);
  });

  test('says nothing of how programs run, and a command gets of it what is passed', async () => {
    const command = `stages:
  c: { command: [sh, -c, { text: "env > out.json; printf '{\\"got\\": \\"%s\\"}' \\"$PASSED-$KEPT_BACK\\" > o" }], outputs: { o: { json: o } }, options: { pass: [PASSED] } }
`;
    const folder = project({
      'pipeline.yaml': command,
      '.env': 'PATH=/nowhere\nNODE_OPTIONS=--throw\nLD_PRELOAD=/x.so\nPASSED=yes\nKEPT_BACK=no\n',
    });
    const { code, err } = await run(folder);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^millrace: PATH, NODE_OPTIONS, LD_PRELOAD in \.env is not used/),
    ]);
    const shown = await run(folder, ['show', 'c']);
    expect([shown.out, shown.err]).toEqual([expect.stringMatching(/yes-(?!no)/), '']);
  });

  test('that others can write is said; one that is a link is read', async () => {
    const folder = project({ ...asking(), shared: 'CANARY_KEY=CANARY-of-env' });
    symlinkSync('shared', join(folder, '.env'));
    expect((await run(folder)).err).toBe('');
    chmodSync(join(folder, 'shared'), 0o666);
    expect((await run(folder)).err).toMatch(/Other users can write \.env, .*chmod 600/);
  });

  test('runs nothing', async () => {
    const folder = project({ ...asking(), '.env': 'CANARY_KEY="$(touch ran)`touch ran` CANARY"\n' });
    expect((await run(folder)).code).toBe(0);
    expect([keys, readdirSync(folder).includes('ran')]).toEqual([['$(touch ran)`touch ran` CANARY'], false]);
    expect(read(folder, '.env')).toContain('touch');
  });
});
