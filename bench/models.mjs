// Model stages beside their bounds: `node bench/models.mjs`. Ratios of one run, medians of five.

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '@millrace/arrow-store';
import { createPipeline } from '@millrace/core';
import { embed, generate, model, rowsSource } from '@millrace/stages';

const code = { read: () => ({ refused: { why: 'not found', detail: 'no functions here' } }) };
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function run(folder, outputs) {
  const store = openStore(folder);
  const started = performance.now();
  const out = await createPipeline(outputs, () => ({ store, code, base: folder })).run();
  const ms = performance.now() - started;
  await store.close();
  return { ms, cost: out.outcome.cost };
}

async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 1,000 rows, a server that answers in 50 ms, 32 calls at once: the ideal is 32 waves of 50 ms, one after the other. */
async function throughput() {
  const server = fork(fileURLToPath(import.meta.url), ['serve']);
  const port = await new Promise((listening) => server.once('message', listening));
  const served = model('m', { baseURL: `http://127.0.0.1:${port}/v1`, temperature: 0 }, { concurrency: 32 });
  const ideal = Math.ceil(1000 / 32) * 50;
  const shares = [];
  const bare = [];
  for (let i = 0; i < 7; i++) {
    const rows = rowsSource(Array.from({ length: 1000 }, (_, n) => ({ question: `${i}: ${n}` })));
    const { ms } = await inFolder((folder) =>
      run(folder, { a: generate(rows, { model: served, prompt: '{{question}}', into: 'answer' }) }),
    );
    shares.push(ideal / ms);
    bare.push(ideal / (await bareCalls(`http://127.0.0.1:${port}/v1/chat/completions`)));
  }
  server.kill();
  console.log(
    `generate, 1,000 rows at 50 ms, 32 at once: ${percent(median(shares))} of the ideal throughput (bound: 90 %), bare fetch ${percent(median(bare))}`,
  );
}

const percent = (share) => `${(share * 100).toFixed(0)} %`;

/** What the same calls take when nothing is kept of them. */
async function bareCalls(url) {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '0: 0' }], temperature: 0 });
  let left = 1000;
  const started = performance.now();
  const lane = async () => {
    while (left-- > 0)
      await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
  };
  await Promise.all(Array.from({ length: 32 }, lane));
  return performance.now() - started;
}

/** In a process of its own: it must not wait for what is measured. */
async function serve() {
  const answer = JSON.stringify({
    model: 'm',
    choices: [{ finish_reason: 'stop', message: { content: 'yes' } }],
    usage: { prompt_tokens: 3, completion_tokens: 1 },
  });
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => setTimeout(() => response.setHeader('content-type', 'application/json').end(answer), 50));
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  await new Promise(() => {});
}

/** 100,000 texts, 99 % known: beside hashing the texts and gathering the vectors. */
async function mostlyKnown() {
  const size = 384;
  const text = (n) => `text number ${n} `.padEnd(200, 'words and more words ');
  const ngram = model('test/ngram', { dimensions: size });
  const asked = (shift) => Array.from({ length: 100_000 }, (_, n) => ({ text: text(n < 1000 ? n + shift : n) }));
  const ratios = [];
  let calls = 0;
  await inFolder(async (folder) => {
    await run(folder, { v: embed(rowsSource(asked(0)), { from: 'text', model: ngram }) });
    for (let i = 1; i <= 5; i++) {
      const rows = asked(i * 1_000_000);
      const bare = performance.now();
      const from = new Float32Array(100_000 * size);
      const into = new Float32Array(100_000 * size);
      for (const [n, row] of rows.entries()) {
        createHash('sha256').update(row.text).digest();
        into.set(from.subarray(n * size, (n + 1) * size), n * size);
      }
      const bareMs = performance.now() - bare;
      const outputs = { v: embed(rowsSource(rows), { from: 'text', model: ngram }) };
      const seen = [];
      const store = openStore(folder);
      await createPipeline(outputs, () => ({ store, code, base: folder })).run({
        onEvent: (e) => seen.push([e, performance.now()]),
      });
      await store.close();
      const at = (is, stage) => seen.find(([e]) => e.is === is && e.stage === stage)[1];
      calls = seen.find(([e]) => e.is === 'stage-finished' && e.stage === 'v')[0].cost.calls;
      ratios.push((at('stage-finished', 'v') - at('stage-started', 'v')) / bareMs);
    }
  });
  console.log(
    `embed, 100,000 texts of which 99 % are known: ${median(ratios).toFixed(2)} × hashing and gathering (bound: 1.5 ×), ${calls} model inputs`,
  );
}

if (process.argv[2] === 'serve') await serve();
await throughput();
await mostlyKnown();
