import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { millrace, project, removeProjects, statuses } from './millrace.js';

afterAll(removeProjects);

const CODE = `import { map, pipeline, source } from 'millrace';
const rows = source.rows([{ a: 1 }]);
export default pipeline({ rows, more: map(rows, { reads: ['a'], run: () => ({ b: 2 }) }) });
`;

const RAN = ['ran rows', 'ran more'];

test.each([
  ['has no home', { HOME: '', XDG_CACHE_HOME: '' }],
  ['has a home that cannot be written', { HOME: '/dev/null', XDG_CACHE_HOME: '' }],
  ['has a cache that cannot be written', { XDG_CACHE_HOME: '/dev/null/cache' }],
])('a user who %s runs code, and leaves nothing behind', (_, env) => {
  const folder = project({ 'pipeline.ts': CODE });
  const TMPDIR = join(folder, 'tmp');
  mkdirSync(TMPDIR);
  const { code, out, err } = millrace(folder, ['run'], { ...env, TMPDIR });
  expect({ code, err, out: statuses(out) }).toEqual({ code: 0, err: '', out: RAN });
  expect(readdirSync(TMPDIR)).toEqual([]);
});

test('a relative cache folder is ignored, as the standard asks', () => {
  const folder = project({ 'pipeline.ts': CODE });
  expect(millrace(folder, ['run'], { XDG_CACHE_HOME: 'relative' }).code).toBe(0);
  expect(readdirSync(folder)).not.toContain('relative');
});

test('the store of a user without a home is asked for by name', () => {
  const folder = project({ 'pipeline.ts': CODE });
  const { code, err } = millrace(folder, ['run', '--store', 'user'], { HOME: '', XDG_CACHE_HOME: '' });
  expect({ code, err }).toEqual({
    code: 2,
    err: 'millrace: Cannot use the store of this user: the account has no home folder. Set HOME or XDG_CACHE_HOME, or name a folder: --store path/to/store.\n',
  });
});

test('a damaged bundle in the cache is made again, not run', () => {
  const folder = project({ 'pipeline.ts': CODE });
  const XDG_CACHE_HOME = join(folder, 'cache');
  expect(millrace(folder, ['run'], { XDG_CACHE_HOME }).code).toBe(0);
  const code = join(XDG_CACHE_HOME, 'millrace/code');
  const bundles = readdirSync(code, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
  for (const name of bundles) writeFileSync(join(code, name), '');
  const { code: status, out } = millrace(folder, ['run'], { XDG_CACHE_HOME });
  expect({ status, out: statuses(out) }).toEqual({ status: 0, out: ['reused rows', 'reused more'] });
});
