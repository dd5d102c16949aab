import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { remove } from '../../../../jest/remove.js';

/** Small by default; MILLRACE_LARGE=200 reads files of so many megabytes. */
const MEGABYTES = Number(process.env['MILLRACE_LARGE'] ?? 24);
const here = dirname(fileURLToPath(import.meta.url));

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-memory-'));
  program = join(folder, 'child.mjs');
  buildSync({
    stdin: { contents: CHILD, resolveDir: here, loader: 'ts' },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@millrace/source'],
    external: ['parquet-wasm'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});
afterAll(() => remove(folder));

/** Reads a file into a store on disk, and says how many rows there are and how much memory was added. */
const CHILD = `
  import { createPipeline } from '@millrace/core';
  import { openStore } from '@millrace/arrow-store';
  import { source } from './source.js';
  const [format, path, store, columns] = process.argv.slice(2);
  const t = source[format](path, columns ? { columns: JSON.parse(columns) } : {});
  const code = { read: () => ({ refused: { why: 'not found', detail: '' } }) };
  const ports = { store: openStore(store), code, base: '/' };
  const before = process.memoryUsage.rss();
  const out = await createPipeline({ t }, () => ports).run();
  const added = process.resourceUsage().maxRSS / 1024 - before / 2 ** 20;
  console.log(JSON.stringify({ rows: out.t.count, added, columns: out.t.columns }));
  await ports.store.close();
`;

const ROWS = 2000;
function fileOf(name: string, head: string, line: (at: number) => string): { path: string; rows: number } {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  let rows = 0;
  let bytes = writeSync(file, head);
  while (bytes < MEGABYTES << 20) {
    bytes += writeSync(file, Array.from({ length: ROWS }, (_, i) => line(rows + i)).join(''));
    rows += ROWS;
  }
  closeSync(file);
  return { path, rows };
}

function read(format: string, path: string, columns?: object): { rows: number; added: number; columns: object } {
  const store = mkdtempSync(join(folder, 'store-'));
  const args = [program, format, path, store, ...(columns ? [JSON.stringify(columns)] : [])];
  // A heap that holds less than the file: rows that are held on to end the process.
  const said = execFileSync(process.execPath, ['--max-old-space-size=36', ...args], { encoding: 'utf8' });
  rmSync(store, { recursive: true, force: true });
  return JSON.parse(said.trim().split('\n').at(-1) as string);
}

const words = 'the quick brown fox jumps over the lazy dog '.repeat(4);
/** Of buffers too, which are given back when the collector comes to it: far above what is in use. */
const MOST = 640;

test('JSONL passes in bounded memory, with declared columns and with columns that are found', () => {
  const { path, rows } = fileOf('a.jsonl', '', (at) => `${JSON.stringify({ id: at, text: `${at} ${words}` })}\n`);
  const declared = read('jsonl', path, { id: 'float', text: 'text' });
  const found = read('jsonl', path);
  expect([declared.rows, found.rows]).toEqual([rows, rows]);
  expect(declared.added).toBeLessThan(MOST);
  expect(found.added).toBeLessThan(MOST);
});

test('CSV passes in bounded memory', () => {
  const { path, rows } = fileOf('a.csv', 'id,text\n', (at) => `${at},"${at} ${words}"\n`);
  const found = read('csv', path);
  expect(found).toMatchObject({ rows, columns: { id: 'float64', text: 'text' } });
  expect(found.added).toBeLessThan(MOST);
});
