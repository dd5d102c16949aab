// What it costs to remember rows: `node bench/rows.mjs [name …]`, after a build. Medians of five, each part in a process of its own.
import { fork } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@millrace/arrow-store';
import { buildBatch, createPipeline, reader, stage } from '@millrace/core';

const code = { read: () => ({ refused: { why: 'not found', detail: 'no functions here' } }) };
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const seconds = (from) => (performance.now() - from) / 1000;
const ROUNDS = Number(process.env.ROUNDS ?? 5);

/** Rows from a function of their number, in batches. */
const table = (columns, { rows, edition, value }) =>
  stage({
    kind: {
      name: 'numbers',
      version: 1,
      nature: 'pure',
      work: {
        is: 'whole',
        parts: () => ({ main: 'table' }),
        columns: () => ({ main: columns }),
        run: async () => ({ main: { rows: batches(rows, value, columns) } }),
      },
    },
    config: { rows, edition, columns },
  });

async function* batches(rows, value, columns) {
  for (let from = 0; from < rows; from += 8192) {
    const some = Array.from({ length: Math.min(8192, rows - from) }, (_, i) => value(from + i));
    yield buildBatch(some, columns);
  }
}

let calls = 0;
const rowWise = (input, { reads, answers, run, version = 1 }) =>
  stage({
    kind: {
      name: 'each',
      version,
      nature: 'pure',
      work: {
        is: 'rows',
        reads: () => reads,
        answers: () => answers,
        run: (rows) => {
          calls += rows.length;
          return rows.map(run);
        },
      },
    },
    inputs: { rows: input },
  });

const FILLER =
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua ut enim ad minim veniam quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea';
const text = (n, edition = '') => `${n} ${edition} ${FILLER}`.slice(0, 200);
const length = ({ text }) => ({ number: text.length + text.charCodeAt(0) });

async function inStore(act) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const store = openStore(folder);
  const run = async (outputs, asked = {}) => {
    calls = 0;
    gc();
    const from = performance.now();
    const out = await createPipeline(outputs, () => ({ store, code, base: folder })).run(asked);
    return { out, took: seconds(from), calls };
  };
  try {
    return await act({ store, folder, run });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const bytesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
    : 0;

const TEXTS = 1_000_000;
const texts = (edition, changed = () => false, more = {}) =>
  table(
    { id: 'int32', text: 'text', ...Object.fromEntries(Object.keys(more).map((name) => [name, 'int32'])) },
    { rows: TEXTS, edition, value: (n) => ({ id: n, text: text(n, changed(n) ? edition : ''), ...more }) },
  );
const numbers = (input) => rowWise(input, { reads: { text: 'text' }, answers: { number: 'float64' }, run: length });

/** The same column, each text hashed once, the same file written: what nothing could do without. */
async function bare(store, output) {
  gc();
  const from = performance.now();
  const out = [];
  for (const { data } of output.groups[output.columns.find((c) => c.name === 'text').group].segments) {
    const rows = await store.openRows(data);
    for (let i = 0; i < rows.batches.length; i++) {
      const batch = await rows.read(i, ['text']);
      const read = reader(batch.columns.get('text'));
      const answers = [];
      for (let row = 0; row < batch.rows; row++) {
        const value = read(row);
        hash('sha256', value);
        answers.push(length({ text: value }));
      }
      out.push(buildBatch(answers, { number: 'float64' }));
    }
    await rows.close();
  }
  await store.putRows(out, { number: 'float64' }, 'auto');
  return seconds(from);
}

const PARTS = {
  async texts() {
    const cold = [];
    const base = [];
    const changed = [];
    const fresh = [];
    let shares = '';
    for (let round = 0; round < ROUNDS; round++)
      await inStore(async ({ store, folder, run }) => {
        const first = texts(`a${round}`);
        const { out } = await run({ rows: first });
        base.push(await bare(store, out.rows.output));
        const before = bytesIn(folder);
        const whole = await run({ rows: first, out: numbers(first) });
        const written = bytesIn(folder) - before;
        cold.push(whole.took);
        fresh.push((await run({ rows: first, out: numbers(first) })).took);
        const second = texts(`b${round}`, (n) => n % 100 === 7);
        await run({ rows: second });
        const mid = bytesIn(folder);
        const again = await run({ rows: second, out: numbers(second) });
        changed.push(again.took);
        const more = bytesIn(folder) - mid;
        const third = texts(`b${round}`, (n) => n % 100 === 7, { more: round });
        await run({ rows: third });
        const late = bytesIn(folder);
        const unread = await run({ rows: third, out: numbers(third) });
        shares = `${again.calls} calls and ${((more / written) * 100).toFixed(1)} % of the bytes; a column that is not read: ${unread.calls} calls, ${unread.took.toFixed(3)} s, ${bytesIn(folder) - late} bytes`;
      });
    console.log(
      `1,000,000 texts, cold: ${(median(cold) / median(base)).toFixed(2)} × bare (bound 1.5), ${median(cold).toFixed(2)} s against ${median(base).toFixed(2)} s`,
    );
    console.log(`nothing to do, plan and run in process: ${(median(fresh) * 1000).toFixed(1)} ms (bound 10)`);
    console.log(`1 % of them changed: ${(median(changed) / median(cold)).toFixed(2)} × cold (bound 0.5), ${shares}`);
  },

  async slow() {
    await inStore(async ({ run }) => {
      const busy = ({ text }) => {
        for (const end = performance.now() + 1; performance.now() < end; );
        return length({ text });
      };
      const at = (edition) =>
        table(
          { text: 'text' },
          { rows: 100_000, edition, value: (n) => ({ text: text(n, n % 100 < edition ? 'x' : '') }) },
        );
      const took = [];
      for (const edition of [0, 1]) {
        const input = at(edition);
        await run({ input });
        const out = rowWise(input, { reads: { text: 'text' }, answers: { number: 'float64' }, run: busy });
        took.push((await run({ out })).took);
      }
      const [cold, changed] = took;
      console.log(`100,000 rows of 1 ms, 1 % of them changed: ${(changed / cold).toFixed(4)} × cold (bound 0.03)`);
    });
  },

  async vectors() {
    const rows = 100_000;
    const took = [];
    const base = [];
    let disk = 0;
    for (let round = 0; round < ROUNDS; round++)
      await inStore(async ({ folder, run }) => {
        const input = table({ id: 'int32' }, { rows, edition: round, value: (id) => ({ id }) });
        await run({ input });
        const from = performance.now();
        for (let id = 0; id < rows; id++) vectorOf({ id });
        base.push(seconds(from));
        const before = bytesIn(folder);
        const columns = { vector: { list: 'float32', size: 384 } };
        took.push((await run({ out: rowWise(input, { reads: { id: 'id' }, answers: columns, run: vectorOf }) })).took);
        disk = (bytesIn(folder) - before) / (rows * 384 * 4);
      });
    const each = ((median(took) - median(base)) / rows) * 1e6;
    console.log(
      `100,000 × 384 float32: ${each.toFixed(1)} µs a row over the bare loop (bound 20), disk ${disk.toFixed(2)} × raw (bound 1.1), peak ${rss()} MB (bound 300)`,
    );
  },

  async large() {
    const rows = 4_000_000;
    await inStore(async ({ run }) => {
      const input = table({ id: 'int32' }, { rows, edition: 0, value: (id) => ({ id }) });
      const columns = { vector: { list: 'float32', size: 384 } };
      const { took } = await run({ out: rowWise(input, { reads: { id: 'id' }, answers: columns, run: vectorOf }) });
      console.log(`6 GB of vectors: ${took.toFixed(0)} s, peak ${rss()} MB (bound 1,500)`);
    });
  },

  async editions() {
    await inStore(async ({ store, folder, run }) => {
      const rows = 100_000;
      const at = (edition) =>
        table(
          { text: 'text' },
          { rows, edition, value: (n) => ({ text: text(n, n % 100 < edition ? 'x'.repeat(1 + (n % 100)) : '') }) },
        );
      const took = [];
      let first = 0;
      for (let edition = 0; edition < 100; edition++) {
        const input = at(edition);
        await run({ input });
        took.push((await run({ out: numbers(input) })).took);
        if (edition === 0) first = bytesIn(folder);
      }
      const late = median(took.slice(-9));
      console.log(
        `100 editions of 100,000 rows, 1 % apart: the last take ${(late / median(took.slice(1, 10))).toFixed(2)} × the first changed ones, ${(late / took[0]).toFixed(2)} × cold, disk ${(bytesIn(folder) / first).toFixed(1)} × the first, ${[...store.entries()].length} entries`,
      );
    });
  },
};

const vectorOf = ({ id }) => {
  const vector = new Float32Array(384);
  for (let i = 0; i < 384; i++) vector[i] = (id % 97) * i;
  return { vector };
};

const rss = () => Math.round(process.resourceUsage().maxRSS / 1024);

const [part] = process.argv.slice(2);
if (process.env.PART) await PARTS[process.env.PART]();
else
  for (const name of part ? process.argv.slice(2) : Object.keys(PARTS))
    await new Promise((done) =>
      fork(new URL(import.meta.url), { execArgv: ['--expose-gc'], env: { ...process.env, PART: name } }).on(
        'exit',
        done,
      ),
    );
