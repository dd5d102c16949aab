// What the store costs by itself: `node bench/store.mjs`, after a build. Median of five, microseconds each.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, temporaryStore } from '../packages/arrow-store/dist/index.js';

const root = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
const never = new AbortController().signal;
const fingerprintOf = (i) => i.toString(16).padStart(8, '0').repeat(4).split('').reverse().join('');
const entryOf = (i) => ({
  scheme: 1,
  fingerprint: fingerprintOf(i),
  recipe: { kind: 'map', config: { text: 'x'.repeat(300) } },
  label: 'map',
  status: 'complete',
  origin: 'ran',
  inputs: { rows: { text: fingerprintOf(i) } },
  parts: { value: { is: 'value', digest: fingerprintOf(i), value: i } },
  cost: { seconds: 1, rows: 1, calls: 0 },
  worth: { seconds: 1, rows: 1, calls: 0 },
  facts: {},
  detail: {},
  at: '2026-01-01T00:00:00.000Z',
});

const report = [];
const measure = async (name, times, act) => {
  const all = [];
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    for (let i = 0; i < times; i++) await act(round * times + i);
    all.push(((performance.now() - from) * 1000) / times);
  }
  report.push([name, times, all.sort((a, b) => a - b)[2]]);
};

const sync = async (name, times, act) => {
  const all = [];
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    for (let i = 0; i < times; i++) act(round * times + i);
    all.push(((performance.now() - from) * 1000) / times);
  }
  report.push([name, times, all.sort((a, b) => a - b)[2]]);
};

const store = openStore(root);
await sync('commit, durable', 400, (i) => store.commit(entryOf(i), { cutoff: fingerprintOf(i) }));
const temporary = temporaryStore();
await sync('commit, temporary store', 2000, (i) => temporary.commit(entryOf(i), { cutoff: fingerprintOf(i) }));
await sync('entry, 10,000 of them', 10_000, (i) => temporary.entry(fingerprintOf(i % 10_000)));
await sync('entry, unknown', 10_000, (i) => temporary.entry(fingerprintOf(i + 20_000)));
await sync('cut-off', 10_000, (i) => temporary.cutoff(fingerprintOf(i % 10_000)));
await measure('lock and release', 1000, async (i) => (await store.lock(fingerprintOf(i), never)).release());
const objects = [];
await measure('put 4 kB, durable', 200, async (i) => objects.push(await store.putBytes(Buffer.alloc(4096, `${i}`))));
await measure('get 4 kB', 1000, (i) => store.getBytes(objects[i % objects.length]));
await sync('missing, by object', 200, () => store.missing(objects));
report.at(-1)[2] /= objects.length;
const journal = store.journal(fingerprintOf(1), 0);
const frame = Buffer.alloc(500, 'x');
await sync('journal, 500 bytes', 20_000, () => journal.append(frame));
journal.close();
const from = performance.now();
const [read] = [...store.journals(fingerprintOf(1), 0)];
report.push([
  'journal, read back, a frame',
  read.frames.length,
  ((performance.now() - from) * 1000) / read.frames.length,
]);
await sync('put a fact', 1000, (i) => store.putFact(`fact ${i % 100}`, i));
await sync('read a fact', 1000, (i) => store.fact(`fact ${i % 100}`));
await sync('a run, begun, 100 objects kept, closed', 100, () => {
  const run = store.beginRun({ name: 'bench' });
  run.keep(objects.slice(0, 100));
  run.close({});
});
await measure('open and close', 100, () => openStore(root).close());
await store.close();
await temporary.close();

const script = (body) => {
  const all = Array.from({ length: 5 }, () => {
    const from = performance.now();
    execFileSync(process.execPath, ['--input-type=module', '-e', body]);
    return performance.now() - from;
  });
  return all.sort((a, b) => a - b)[2];
};
const bare = script('0');
const module = JSON.stringify(new URL('../packages/arrow-store/dist/index.js', import.meta.url).href);
const opened = script(`import { openStore } from ${module}; await openStore(${JSON.stringify(root)}).close();`);
rmSync(root, { recursive: true });

for (const [name, times, each] of report)
  console.log(`${name.padEnd(42)} ${String(times).padStart(7)} × ${each.toFixed(1).padStart(8)} µs`);
console.log(`a process that opens and closes: ${opened.toFixed(0)} ms, bare node: ${bare.toFixed(0)} ms`);
