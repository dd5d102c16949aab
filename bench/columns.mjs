// Columns and their files against the least that could be done by hand: `node bench/columns.mjs [rows]`, after a build.
// Median of five, milliseconds; the ratio is what counts.
import { createHash, hash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRows, writeRows } from '../packages/arrow-store/dist/formats/index.js';
import { buildColumn, ColumnDigest, gather, KeyIndex, rowKeys, valueDigests } from '../packages/core/dist/index.js';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const WIDTH = 384;
const BATCH = 8192;
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-columns-'));

const median = async (act) => {
  const all = [];
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    const from = performance.now();
    await act(round);
    all.push(performance.now() - from);
  }
  return all.sort((a, b) => a - b)[2];
};

const report = [];
const compare = async (name, act, bare, most) => {
  const floor = await median(bare);
  const ours = await median(act);
  report.push({ name, ours, floor, ratio: ours / floor, most });
};

// ---- files ----
const vectors = { tensor: 'float32', shape: [WIDTH] };
const wide = { vector: vectors, number: 'float64' };
const floats = new Float32Array(BATCH * WIDTH).map(Math.random);
const tensor = {
  type: vectors,
  length: BATCH,
  nulls: 0,
  children: [{ type: 'float32', length: floats.length, nulls: 0, values: floats }],
};
const number = { type: 'float64', length: BATCH, nulls: 0, values: new Float64Array(BATCH).map(Math.random) };
const batches = function* (names) {
  const all = { vector: tensor, number };
  for (let row = 0; row < ROWS; row += BATCH)
    yield { rows: BATCH, columns: new Map(names.map((name) => [name, all[name]])) };
};
const both = join(folder, 'both');
const alone = join(folder, 'alone');
const ofBoth = await writeRows(both, batches(['vector', 'number']), wide, 'arrow');
const ofOne = await writeRows(alone, batches(['number']), { number: 'float64' }, 'arrow');

const readBytes = () => {
  const fd = openSync(both, 'r');
  const size = statSync(both).size;
  const kept = [];
  for (let at = 0; at < size; ) {
    const bytes = Buffer.allocUnsafeSlow(BATCH * WIDTH * 4);
    at += readSync(fd, bytes, 0, bytes.length, at);
    kept.push(bytes);
  }
  closeSync(fd);
  return kept;
};
const load = async (path, sums, names) => {
  const reader = await openRows(path, sums);
  const kept = [];
  for (const batch of reader.batches.keys()) kept.push(await reader.read(batch, names));
  await reader.close();
  return kept;
};
// Other times make it another file, of which nothing is known to be good.
const forget = (path, round) => utimesSync(path, round, round);
const checked = async (round) => {
  forget(both, round);
  await load(both, ofBoth.sums, ['vector']);
};
await compare(`load ${ROWS} × ${WIDTH} floats, checked`, checked, readBytes, 2.3);
await compare(`load ${ROWS} × ${WIDTH} floats, known good`, () => load(both, ofBoth.sums, ['vector']), readBytes, 1.2);
await compare(
  'load a narrow column of a wide file',
  () => load(both, ofBoth.sums, ['number']),
  () => load(alone, ofOne.sums, ['number']),
);
rmSync(folder, { recursive: true });

// ---- columns ----
const rows = 1_000_000;
const words = 'the quick brown fox jumps over a lazy dog while nobody looks'.split(' ');
const texts = Array.from({ length: rows }, (_, i) => {
  let text = `${i} `;
  while (text.length < 200) text += `${words[(i * 7 + text.length) % words.length]} `;
  return text.slice(0, 200);
});
const text = buildColumn(texts, 'text', 'text');
const whole = buildColumn(
  texts.map((_, i) => i),
  'int32',
  'whole',
);
const double = buildColumn(
  texts.map((_, i) => i / 3),
  'float64',
  'double',
);
const random = Int32Array.from({ length: rows }, (_, i) => (i * 7_919) % rows);
const some = random.subarray(0, 100_000).map((row) => row % BATCH);
const digests = valueDigests(text);

const bareText = () => {
  const bytes = Buffer.alloc(16 * rows);
  for (let i = 0; i < rows; i++) {
    const { values, offsets } = text;
    bytes.write(hash('sha256', values.subarray(offsets[i], offsets[i + 1]), 'binary'), i * 16, 16, 'latin1');
  }
};
const bareGather = (values) => () => {
  const out = new values.constructor(rows);
  for (let i = 0; i < rows; i++) out[i] = values[random[i]];
};
const bareVectors = () => {
  const out = new Float32Array(some.length * WIDTH);
  for (let i = 0; i < some.length; i++) out.set(floats.subarray(some[i] * WIDTH, (some[i] + 1) * WIDTH), i * WIDTH);
};
const bareEncode = () => {
  const bytes = Buffer.allocUnsafeSlow(rows * 200);
  for (let i = 0; i < rows; i++) bytes.write(texts[i], i * 200);
};
const keys = new Uint8Array(randomBytes(16 * rows));
const index = new KeyIndex();
index.add(keys, 0);
const other = new Uint8Array(randomBytes(16 * rows));
other.set(keys.subarray(0, 8 * rows));

await compare('build 1M texts', () => buildColumn(texts, 'text', 'text'), bareEncode);
await compare('gather 1M int32', () => gather(whole, random), bareGather(whole.values));
await compare('gather 1M float64', () => gather(double, random), bareGather(double.values));
await compare(
  'gather 1M texts',
  () => gather(text, random),
  () => text.values.slice(),
);
await compare(`gather 100k × ${WIDTH} floats`, () => gather(tensor, some), bareVectors);
await compare('digests of 1M texts', () => valueDigests(text), bareText);
await compare(
  'column digest of 1M float64',
  () => new ColumnDigest('float64').update(double).digest(),
  () => createHash('sha256').update(double.values).digest('hex'),
);
await compare(
  'column digest of 1M texts, digests known',
  () => new ColumnDigest('text').update(text, digests).digest(),
  () => createHash('sha256').update(digests).digest('hex'),
);
const keyed = [
  { role: 'text', column: text, digests },
  { role: 'double', column: double },
];
await compare('row keys of 1M × {text, float64}, digests known', () => rowKeys(keyed, rows), bareText);
await compare('row keys of 1M texts, digests known', () => rowKeys(keyed.slice(0, 1), rows), bareText);
await compare(
  '1M keys added to an index',
  () => new KeyIndex().add(keys, 0),
  () => keys.slice(),
);
await compare(
  '1M keys looked up, half of them there',
  () => index.find(other),
  () => keys.slice(),
);

const cell = (value, width) => String(value).padStart(width);
for (const { name, ours, floor, ratio, most } of report) {
  const bound = most === undefined ? '' : `  must be ≤ ${most}`;
  console.log(
    `${name.padEnd(52)} ${cell(ours.toFixed(1), 8)} ms ${cell(floor.toFixed(1), 8)} ms ${cell(ratio.toFixed(2), 7)} ×${bound}`,
  );
}
