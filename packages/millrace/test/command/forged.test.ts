import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { built, environment, millrace, project, removeProjects, statuses, write } from './millrace.js';

afterAll(removeProjects);

const YAML = 'stages:\n  q: { source: d.jsonl }\n';
const DATA = '{"a":1}\n';
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As whoever can write a store would do it: the sum of a file says nothing of who wrote it. */
function putSigned(file: string, is: unknown): void {
  const body = JSON.stringify(is);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, `{"sum":"${sha(body).slice(0, 16)}","is":${body}}\n`);
}

function putFact(store: string, name: string, value: unknown): void {
  const key = sha(name).slice(0, 32);
  putSigned(join(store, 'facts', key.slice(0, 2), `${key}.json`), { name, value });
}

interface NamedFact {
  readonly name: string;
  readonly value: unknown;
}

const factsIn = (store: string): NamedFact[] => {
  const folder = join(store, 'facts');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).is as NamedFact);
};

const SHELL = {
  stages: {
    q: { command: ['sh', '-c', { text: 'touch "$TMPDIR/ran"; echo "{}" > q.jsonl' }], outputs: { q: { jsonl: true } } },
  },
};

describe('a store that somebody else wrote runs nothing', () => {
  const opened = () => {
    const folder = project({ 'pipeline.yaml': YAML, 'd.jsonl': DATA, 'tmp/keep': '' });
    const env = { TMPDIR: join(folder, 'tmp'), XDG_CACHE_HOME: join(folder, 'cache') };
    expect(millrace(folder, ['run'], env).code).toBe(0);
    rmSync(join(folder, '.millrace/records'), { recursive: true });
    mkdirSync(join(folder, '.millrace/records'));
    return { folder, env, store: join(folder, '.millrace') };
  };

  const ran = ({ folder, env }: ReturnType<typeof opened>): boolean => {
    expect(millrace(folder, ['run'], env)).toMatchObject({ code: 0 });
    return existsSync(join(folder, 'tmp/ran'));
  };

  test('by a fact of another version, under the name that was plain', () => {
    const it = opened();
    const text = readFileSync(join(it.folder, 'pipeline.yaml'), 'utf8');
    for (const version of [1, 2, 3, 4])
      putFact(it.store, `parsed:${version}:${sha(extname('pipeline.yaml') + text).slice(0, 32)}`, { value: SHELL });
    expect(ran(it)).toBe(false);
  });

  test('by the facts that stand there, changed', () => {
    const it = opened();
    const facts = factsIn(it.store);
    expect(facts.filter(({ name }) => name.startsWith('parsed:'))).toHaveLength(1);
    for (const { name, value } of facts) {
      const text = JSON.stringify({ value: SHELL });
      putFact(it.store, name, name.startsWith('parsed:') ? { ...(value as object), text, value: SHELL } : value);
    }
    expect(ran(it)).toBe(false);
  });

  test('by a fact that another user sealed', () => {
    const it = opened();
    const other = project({ 'pipeline.yaml': `${YAML}# other\n`, 'd.jsonl': DATA });
    write(other, { 'pipeline.yaml': JSON.stringify(SHELL), 'q.jsonl': '' });
    const env = { ...it.env, TMPDIR: join(other, 'no'), XDG_CACHE_HOME: join(other, 'cache') };
    millrace(other, ['run'], env);
    const theirs = factsIn(join(other, '.millrace')).find(({ name }) => name.startsWith('parsed:'));
    const mine = factsIn(it.store).find(({ name }) => name.startsWith('parsed:'));
    expect(theirs?.value).toBeDefined();
    putFact(it.store, mine?.name ?? '', theirs?.value);
    expect(ran(it)).toBe(false);
  });

  test('and a forged digest of a file makes no wrong hit', () => {
    const folder = project({ 'pipeline.yaml': YAML, 'd.jsonl': DATA, 'e.jsonl': '{"a":2}\n' });
    const env = { XDG_CACHE_HOME: join(folder, 'cache') };
    expect(millrace(folder, ['run'], env).code).toBe(0);
    const { size, mtimeNs, ctimeNs, ino } = statSync(join(folder, 'e.jsonl'), { bigint: true });
    const stamp = { size: Number(size), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs), inode: String(ino) };
    const digest = sha(DATA).slice(0, 32);
    putFact(join(folder, '.millrace'), `file:${sha(join(folder, 'e.jsonl')).slice(0, 32)}`, { stamp, digest });
    write(folder, { 'pipeline.yaml': YAML.replace('d.jsonl', 'e.jsonl') });
    expect(statuses(millrace(folder, ['run'], env).out)).toEqual(['ran q']);
  });
});

describe('a cache that others can write runs nothing', () => {
  const CODE = `import { map, pipeline, source } from 'millrace';
export default pipeline({ more: map(source.rows([{ a: 1 }]), { reads: ['a'], run: ({ a }) => ({ b: a }) }) });
`;
  const opened = () => {
    const folder = project({ 'pipeline.ts': CODE });
    const env = { XDG_CACHE_HOME: join(folder, 'cache') };
    expect(millrace(folder, ['run'], env)).toMatchObject({ code: 0, err: '' });
    return { folder, env, cache: join(folder, 'cache/millrace') };
  };
  const filesIn = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => lstatSync(path).isFile());

  /** Code that tells when it is run, with all digests beside it right, as whoever can write there would leave it. */
  const poison = (cache: string, mark: string): void => {
    const code = join(cache, 'code');
    const [name = ''] = readdirSync(code).filter((each) => each.endsWith('.json'));
    const snapshot = JSON.parse(readFileSync(join(code, name), 'utf8'));
    const bad = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(mark)}, '');\n`;
    const [old = ''] = readdirSync(code).filter((each) => lstatSync(join(code, each)).isDirectory());
    const text = bad + readFileSync(join(code, old, '0.mjs'), 'utf8');
    snapshot.outputs['0.mjs'] = sha(text);
    const folder = `${name.slice(0, -'.json'.length)}-${sha(JSON.stringify(snapshot)).slice(0, 16)}`;
    mkdirSync(join(code, folder));
    writeFileSync(join(code, folder, '0.mjs'), text);
    writeFileSync(join(code, name), JSON.stringify(snapshot));
  };

  test('all that lies there can be written, and the key be read, by this user alone', () => {
    const { cache } = opened();
    const modes = filesIn(cache).map((path) => lstatSync(path).mode & 0o777);
    expect([new Set(modes), existsSync(join(cache, 'key')), existsSync(join(cache, 'code'))]).toEqual([
      new Set([0o600]),
      true,
      true,
    ]);
    expect([cache, join(cache, 'code')].map((path) => lstatSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  test('a bundle is run from a cache of our own: the tests below do poison it', () => {
    const { folder, env, cache } = opened();
    poison(cache, join(folder, 'ran'));
    millrace(folder, ['run'], env);
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });

  test.each([
    ['millrace', '777'],
    ['millrace', '770'],
    ['millrace/code', '777'],
    ['.', '777'],
    ['.', '720'],
  ])('a bundle is not run where %s has mode %s, and the code runs all the same', (path, mode) => {
    const { folder, env, cache } = opened();
    poison(cache, join(folder, 'ran'));
    chmodSync(join(folder, 'cache', path), Number.parseInt(mode, 8));
    const { code, out } = millrace(folder, ['run'], env);
    expect({ code, out: statuses(out) }).toEqual({ code: 0, out: ['reused rows', 'reused more'] });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  test('where there is no folder that only this user can write, no code is run, and the message says what to set', () => {
    const { folder, env } = opened();
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    const none = { XDG_CACHE_HOME: join(shared, 'cache'), TMPDIR: shared };
    const { code, err } = millrace(folder, ['run'], none);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/other users can write there.*Set XDG_CACHE_HOME or TMPDIR/),
    ]);
    expect(readdirSync(shared)).toEqual([]);
    expect(millrace(folder, ['run'], { ...env, TMPDIR: shared }).code).toBe(0);
  });

  test('what is made under a careless umask is private all the same', () => {
    const folder = project({ 'pipeline.ts': CODE });
    const { status } = spawnSync('sh', ['-c', `umask 0; exec "${process.execPath}" "${built()}" run`], {
      cwd: folder,
      env: environment({ XDG_CACHE_HOME: join(folder, 'cache') }),
    });
    const open = readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => (lstatSync(join(folder, 'cache', name)).mode & 0o077) !== 0,
    );
    expect([status, open]).toEqual([0, []]);
  });

  test('machine code is not read where others can write', () => {
    const { folder, env, cache } = opened();
    const [engine = ''] = filesIn(cache).filter((path) => path.includes('engine-'));
    const before = statSync(engine, { bigint: true });
    // What the runtime takes for machine code that fits, and that ends the process when it is run.
    const data = readFileSync(engine);
    const code = data.subarray(32).fill(0xff, 64);
    writeFileSync(engine, Buffer.concat([createHash('sha256').update(code).digest(), code]));
    chmodSync(cache, 0o777);
    expect(millrace(folder, ['ls'], env).code).toBe(0);
    expect(readFileSync(engine).length).toBe(Number(before.size));
  });
});
