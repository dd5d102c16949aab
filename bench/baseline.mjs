import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/**
 * The second run of examples/baseline-comparison against the first: three models behind a server that takes a realistic
 * time for each row, 1,000 rows each.
 *
 *   node bench/baseline.mjs [--delay 800] [--at-once 8] [--rows 1000]
 */
if (!isMainThread) serve();
else main();

/** In a thread of its own, so that it answers while this one waits for the command. */
function serve() {
  const { delay, calls, port } = workerData;
  const answer = {
    id: 'c',
    object: 'chat.completion',
    created: 0,
    model: 'm',
    usage: { prompt_tokens: 30, completion_tokens: 2, total_tokens: 32 },
  };
  const choices = [{ index: 0, message: { role: 'assistant', content: '42' }, finish_reason: 'stop' }];
  const server = createServer((request, response) => {
    Atomics.add(calls, 0, 1);
    request.resume().on('end', () => {
      const send = () =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...answer, choices }));
      setTimeout(send, delay);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    Atomics.store(port, 0, server.address().port);
    Atomics.notify(port, 0);
  });
}

function main() {
  const { values } = parseArgs({
    options: {
      delay: { type: 'string', default: '800' },
      'at-once': { type: 'string', default: '8' },
      rows: { type: 'string', default: '1000' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const calls = new Int32Array(new SharedArrayBuffer(4));
  const port = new Int32Array(new SharedArrayBuffer(4));
  const server = new Worker(new URL(import.meta.url), { workerData: { delay: Number(values.delay), calls, port } });
  Atomics.wait(port, 0, 0);
  try {
    prepare(folder, {
      endpoint: `http://127.0.0.1:${port[0]}/v1`,
      rows: Number(values.rows),
      atOnce: values['at-once'],
    });
    const first = run(folder, calls);
    const second = [1, 2, 3, 4, 5].map(() => run(folder, calls)).sort((a, b) => a.seconds - b.seconds)[2];
    const model = (3 * Number(values.rows) * Number(values.delay)) / 1000;
    console.log(`3 models × ${values.rows} rows, ${values.delay} ms a row, ${values['at-once']} at once`);
    console.log(
      `first run   ${first.seconds.toFixed(1)} s   ${first.calls} calls, ${model.toFixed(0)} s of the models' time`,
    );
    console.log(`second run  ${second.seconds.toFixed(2)} s   ${second.calls} calls   (median of 5, whole process)`);
    console.log(
      `${Math.round(first.seconds / second.seconds)} × as measured; ${Math.round(model / second.seconds)} × against one call at a time`,
    );
  } finally {
    server.terminate();
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(folder, { endpoint, rows, atOnce }) {
  const example = fileURLToPath(new URL('../examples/baseline-comparison/', import.meta.url));
  for (const name of ['pipeline.ts', 'plot.mjs', 'data'])
    cpSync(join(example, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  edit(join(folder, 'data/test.jsonl'), (text) => text.split('\n').slice(0, rows).join('\n'));
  edit(join(folder, 'pipeline.ts'), (text) =>
    text
      .replace('http://localhost:8000/v1', endpoint)
      .replace(/ +tuned: .*\n/, '')
      .replace('concurrency: 32', `concurrency: ${atOnce}`),
  );
}

function edit(file, change) {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

function run(folder, calls) {
  const command = fileURLToPath(new URL('../packages/millrace/dist/bundle/millrace.js', import.meta.url));
  const before = Atomics.load(calls, 0);
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [command, 'run', '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The run ended with ${status}: ${stderr}`);
  return { seconds: (performance.now() - started) / 1000, calls: Atomics.load(calls, 0) - before };
}
