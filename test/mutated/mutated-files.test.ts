import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { remove } from '../../jest/remove.js';
import { figures, times } from '../campaign.js';
import type { Outcome } from './child.js';

/**
 * Each reader reads files that were damaged by the numbers of a seed, in a process of its own. MILLRACE_CAMPAIGN=1: a
 * hundred thousand files a reader; MILLRACE_FILES=N: as many as that. MILLRACE_SEED=N begins at another seed: a file is made again from its seed alone.
 */
const { MILLRACE_SEED = '1', MILLRACE_FILES = String(times(50, 2000, 100_000)) } = process.env;
const AT_ONCE = 5000;
const here = fileURLToPath(new URL('.', import.meta.url));
/** Where packages lie that the readers need. */
const built = join(here, '../../packages/arrow-store/node_modules/.cache/millrace', `mutated-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'mutated-'));

jest.setTimeout(times(600_000, 600_000, 36_000_000));

beforeAll(() => {
  buildSync({
    entryPoints: [join(here, 'child.ts')],
    outfile: join(built, 'child.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@millrace/source'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    external: ['apache-arrow', 'apache-arrow/*', 'parquet-wasm', 'parquet-wasm/*'],
    logLevel: 'error',
  });
});
afterAll(() => {
  remove(built, folder);
});

const READERS = ['arrow', 'arrow-stream', 'parquet', 'jsonl', 'json', 'csv', 'yaml', 'journal', 'record'];

test.each(READERS)(
  '%s: no damaged file ends the process, hangs it, fills the memory or gives a shorter table',
  (reader) => {
    let left = Number(MILLRACE_FILES);
    for (let seed = Number(MILLRACE_SEED); left > 0; seed += AT_ONCE, left -= AT_ONCE) {
      const args = [join(built, 'child.mjs'), reader, folder, String(seed), String(Math.min(left, AT_ONCE))];
      const outcome = JSON.parse(
        execFileSync(process.execPath, args, { maxBuffer: 1 << 24, encoding: 'utf8' }),
      ) as Outcome;
      figures(JSON.stringify(outcome));
      expect(outcome).toMatchObject({ shorter: [], bugs: [] });
      expect(outcome.megabytes).toBeLessThanOrEqual(512);
    }
  },
);
