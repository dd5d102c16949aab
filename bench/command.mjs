// A run with nothing to do, through the command, against bare node: four stages over a million rows. After `pnpm build`.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 15);
const bin = resolve(
  import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  '../packages/millrace/dist/bundle/millrace.js',
);

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-command-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

writeFileSync(join(folder, 'package.json'), '{ "name": "bench", "type": "module" }');
mkdirSync(join(folder, 'node_modules'));
symlinkSync(resolve(bin, '../../..'), join(folder, 'node_modules/millrace'));
writeFileSync(
  join(folder, 'pipeline.yaml'),
  `stages:
  rows: { source: rows.jsonl, columns: { id: int, text: text } }
  numbers: { extract: rows, from: text, with: { regex: '(\\d+)$' }, into: number }
  sampled: { sample: numbers, count: 1000, by: [id] }
  sorted: { sort: sampled, by: number }
`,
);
writeFileSync(
  join(folder, 'pipeline.ts'),
  `import { extract, map, pipeline, regex, sample, sort, source } from 'millrace';
const rows = source.jsonl('rows.jsonl', { columns: { id: 'int', text: 'text' } });
const numbers = extract(rows, { from: 'text', with: regex(/(\\d+)$/), into: 'number' });
const sampled = sample(numbers, { count: 1000, by: ['id'] });
const longer = map(sampled, { run: ({ number }) => ({ longer: number + '!' }) });
export default pipeline({ rows, numbers, sampled, longer });
`,
);

const data = createWriteStream(join(folder, 'rows.jsonl'));
for (let i = 0; i < ROWS; i++) if (!data.write(`{"id":${i},"text":"row number ${i}"}\n`)) await once(data, 'drain');
data.end();
await once(data, 'finish');

const time = (words) => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - began;
};

for (const file of ['pipeline.yaml', 'pipeline.ts']) {
  const first = time([bin, 'run', '--file', file]);
  console.log(`${file}: first run ${(first / 1000).toFixed(1)} s`);
}

// Files count as settled after two seconds; from then on their stamp is enough.
await new Promise((done) => setTimeout(done, 2100));
for (const file of ['pipeline.yaml', 'pipeline.ts']) time([bin, 'run', '--file', file]);

const sides = {
  'node -e 0': ['-e', '0'],
  'millrace --help': [bin, '--help'],
  'millrace run, YAML': [bin, 'run', '--file', 'pipeline.yaml'],
  'millrace run, TypeScript': [bin, 'run', '--file', 'pipeline.ts'],
};
const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++)
  for (const [name, words] of Object.entries(sides)) times[name].push(time(words));

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const bare = times['node -e 0'];
for (const [name, list] of Object.entries(times)) {
  const ratios = list.map((ms, i) => ms / bare[i]);
  console.log(
    `${name.padEnd(26)} median ${median(list).toFixed(0)} ms, least ${Math.min(...list).toFixed(0)} ms; × bare: median ${median(ratios).toFixed(2)}, of the least ${(Math.min(...list) / Math.min(...bare)).toFixed(2)}`,
  );
}
