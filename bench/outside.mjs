// A folder of files reused, placed and downloaded, against hard links and curl. After `pnpm build`. MILLRACE_MB: its size.
import { exec, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../packages/arrow-store/dist/index.js';
import { createPipeline } from '../packages/core/dist/index.js';
import { command, download } from '../packages/stages/dist/index.js';

if (process.argv[2] === 'serve') {
  const server = createServer((request, response) => {
    const path = join(process.argv[3], request.url.split('/').at(-1));
    response.writeHead(200, { 'content-length': statSync(path).size });
    createReadStream(path, { highWaterMark: 1 << 20 }).pipe(response);
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  await new Promise(() => {});
}

const MB = Number(process.env.MILLRACE_MB ?? 256);
const FILES = 12;
const EACH = Math.floor((MB * 1048576) / FILES);
const SMALL = 2000;
const ROUNDS = 5;
const COMMIT = 'a'.repeat(40);

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-outside-'));
const origin = join(folder, 'origin');
mkdirSync(origin);
const names = Array.from({ length: FILES }, (_, i) => `weights-${i}.bin`);

/** Bytes that no file system makes smaller. */
function fill(path, bytes, seed) {
  const block = Buffer.alloc(1 << 20);
  let x = seed + 1;
  for (let i = 0; i < block.length; i += 4) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    block.writeUInt32LE(x, i);
  }
  const fd = openSync(path, 'w');
  for (let at = 0; at < bytes; at += block.length) {
    block.writeUInt32LE(at >>> 0, 0);
    writeSync(fd, block, 0, Math.min(block.length, bytes - at));
  }
  closeSync(fd);
}
for (const [i, name] of names.entries()) fill(join(origin, name), EACH, i);
const sha256 = {};
for (const name of names) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(join(origin, name), { highWaterMark: 1 << 20 })) hash.update(chunk);
  sha256[name] = hash.digest('hex');
}

// In a process of its own, as for curl.
const serving = fork(fileURLToPath(import.meta.url), ['serve', origin]);
const port = await new Promise((listening) => serving.once('message', listening));
const root = `http://127.0.0.1:${port}/x/${COMMIT}`;

const code = { read: () => ({ refused: { why: 'not found', detail: '' } }) };
const run = (store, outputs, asked) => createPipeline(outputs, () => ({ store, code, base: folder })).run(asked);
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
async function timed(act) {
  const from = performance.now();
  await act();
  return performance.now() - from;
}
const show = (what, ms, against, bound) =>
  console.log(`${what.padEnd(44)} ${ms.toFixed(1).padStart(9)} ms   ${against.padEnd(40)} ${bound}`);

// Downloading, hashed on the way, into the work folder: what curl and sha256sum do.
const wanted = names.map((name) => ({ url: `${root}/${name}`, sha256: sha256[name] }));
const model = download.files(wanted, {}, { concurrency: 1 });
const line = [];
const curl = [];
for (let round = 0; round < 3; round++) {
  const at = join(folder, `curl-${round}`);
  mkdirSync(at);
  const script = names.map((name) => `curl -s ${root}/${name} | tee ${at}/${name} | sha256sum`).join(' && ');
  curl.push(await timed(() => new Promise((done, failed) => shell(script, done, failed))));
  const store = openStore(join(folder, `store-${round}`));
  let downloaded = 0;
  const from = performance.now();
  await run(
    store,
    { model },
    {
      onEvent: (event) => {
        if (event.is === 'stage-progress' && event.done === FILES * EACH) downloaded ||= performance.now() - from;
      },
    },
  );
  line.push(downloaded);
  await store.close();
}
function shell(script, done, failed) {
  exec(script, (error) => (error ? failed(error) : done()));
}
const speed = (median(curl) / median(line)).toFixed(2);
show(
  `download ${MB} MB, checked`,
  median(line),
  `curl | tee | sha256sum ${median(curl).toFixed(1)} ms`,
  `${speed} × its speed, at least 0.8`,
);

// Reused: records and stat only, also of a path that the user asked for.
const store = openStore(join(folder, 'store-0'));
await run(store, { model: download.files(wanted, {}, { at: 'models/x' }) });
const reused = [];
const kept = [];
for (let round = 0; round < ROUNDS; round++) {
  reused.push(await timed(() => run(store, { model })));
  kept.push(await timed(() => run(store, { model: download.files(wanted, {}, { at: 'models/x' }) })));
}
show(`reuse a folder of ${MB} MB`, median(reused), '', 'at most 50 ms');
show('… that also stands at a path of the user', median(kept), '', 'at most 50 ms');

// Placed in a working folder: links, once the content was verified in this process, beside links to the same files. In turns, each first every other time.
async function placing(what, { stored, names, rounds }) {
  const from = await stored.place(join(folder, `verified-${names.length}`), 'link');
  const placed = [];
  const linked = [];
  const link = (to) => {
    mkdirSync(to);
    for (const name of names) linkSync(join(from, name), join(to, name));
  };
  for (let round = 0; round < rounds; round++) {
    const [a, b] = ['linked', 'placed'].map((name) => join(folder, `${name}-${round}`));
    const acts = [
      async () => linked.push(await timed(() => link(a))),
      async () => placed.push(await timed(() => stored.place(b, 'link'))),
    ];
    for (const act of round % 2 ? acts : acts.reverse()) await act();
    rmSync(a, { recursive: true });
    rmSync(b, { recursive: true });
  }
  const ratio = (median(placed) / median(linked)).toFixed(2);
  show(what, median(placed), `linking the files ${median(linked).toFixed(2)} ms`, `${ratio} ×, at most 1.2`);
}
const { model: stored } = await run(store, { model });
await placing(`place its ${FILES} files in a working folder`, { stored, names, rounds: 201 });
const small = join(folder, 'small');
mkdirSync(small);
const smallNames = Array.from({ length: SMALL }, (_, i) => `${i}.txt`);
for (const name of smallNames) writeFileSync(join(small, name), name.repeat(100));
const many = command({ argv: ['cp', '-r', { text: `${small}/.` }, { output: 'out' }], outputs: { out: 'folder' } });
const { out } = await run(store, { out: many.out });
await placing(`place ${SMALL} small files`, { stored: out, names: smallNames, rounds: 31 });

// A command around the same bytes: what the engine adds to a program that only copies.
const copy = command({ argv: ['cp', '-r', { text: `${origin}/.` }, { output: 'out' }], outputs: { out: 'folder' } });
show(`a command that writes ${MB} MB, all in`, await timed(() => run(store, { out: copy.out })), '', '');

await store.close();
serving.kill();
rmSync(folder, { recursive: true, force: true });
