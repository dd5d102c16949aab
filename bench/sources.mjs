// Sources beside the fastest readers of the registry: `node bench/sources.mjs [rows]`, after a build. Medians of five.
// Ours gives typed columns in batches; the others give what they give: rows of texts, or objects.
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as csvParse } from 'csv-parse';
import Papa from 'papaparse';
import { inferSchema, initParser } from 'udsv';
import { BadRows } from '../packages/stages/dist/source/bad-rows.js';
import { formatOf, readAs } from '../packages/stages/dist/source/formats.js';
import { KEEP } from '../packages/stages/dist/source/reading.js';

const ROWS = Number(process.argv[2] ?? 300_000);
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-sources-'));
const words = 'the quick brown fox jumps over the lazy dog and runs away '.split(' ');
const text = (at) => Array.from({ length: 20 }, (_, i) => words[(at * 7 + i * 13) % words.length]).join(' ');
const rows = Array.from({ length: ROWS }, (_, at) => ({
  id: `q${at}`,
  text: text(at),
  score: Math.round(at * 1234.567) / 1000,
  count: at % 1000,
  label: ['good', 'bad', 'so, so'][at % 3],
}));
const cell = (value) => (typeof value === 'string' && value.includes(',') ? `"${value}"` : value);
const csv = join(folder, 'a.csv');
writeFileSync(
  csv,
  `id,text,score,count,label\n${rows.map((row) => Object.values(row).map(cell).join(',')).join('\n')}\n`,
);
const jsonl = join(folder, 'a.jsonl');
writeFileSync(jsonl, rows.map((row) => JSON.stringify(row)).join('\n'));
rows.length = 0;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** In turns, so that what else the machine does hits all of them. */
async function inTurns(acts) {
  const all = Object.fromEntries(Object.keys(acts).map((name) => [name, []]));
  for (let round = 0; round < 5; round++) {
    for (const [name, act] of Object.entries(acts)) {
      globalThis.gc?.();
      const from = performance.now();
      const count = await act();
      if (count !== ROWS) throw new Error(`${count} rows instead of ${ROWS}`);
      all[name].push(performance.now() - from);
    }
  }
  return Object.entries(all).map(([name, times]) => [name, median(times)]);
}

const ours = (format, path, columns) => async () => {
  const declared = columns && { columns };
  const bad = new BadRows(path, false);
  const table = await readAs(formatOf(format, {}), { path, declared, bad, keep: KEEP, most: 64 << 20 });
  let count = 0;
  for await (const batch of table.batches) count += batch.rows;
  return count;
};

const columns = { id: 'text', text: 'text', score: 'float64', count: 'float64', label: 'text' };
const others = {
  csv: {
    'udsv, rows of texts': () => {
      const all = readFileSync(csv, 'utf8');
      return initParser(inferSchema(all)).stringArrs(all).length;
    },
    'udsv, typed objects': () => {
      const all = readFileSync(csv, 'utf8');
      return initParser(inferSchema(all)).typedObjs(all).length;
    },
    papaparse: () =>
      Papa.parse(readFileSync(csv, 'utf8'), { header: true, dynamicTyping: true, skipEmptyLines: true }).data.length,
    'csv-parse': async () => {
      let count = 0;
      for await (const _ of createReadStream(csv).pipe(csvParse({ columns: true, cast: true }))) count++;
      return count;
    },
  },
  jsonl: {
    'JSON.parse a line': () =>
      readFileSync(jsonl, 'utf8')
        .split('\n')
        .map((line) => JSON.parse(line)).length,
  },
};

const report = [];
for (const [format, path] of Object.entries({ csv, jsonl })) {
  const mb = statSync(path).size / 1e6;
  const own = { 'ours, columns declared': ours(format, path, columns), 'ours, columns found': ours(format, path) };
  const times = await inTurns({ ...others[format], ...own });
  const fastest = Math.min(...times.filter(([name]) => !(name in own)).map(([, ms]) => ms));
  for (const [name, ms] of times) {
    const ratio = name in own && { '× fastest (≥ 0.5)': (fastest / ms).toFixed(2) };
    report.push({ format, name, ms: Math.round(ms), 'MB/s': Math.round((mb / ms) * 1000), ...ratio });
  }
}
console.table(report);
rmSync(folder, { recursive: true, force: true });
