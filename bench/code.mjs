// Loading and fingerprinting a pipeline file with 50 functions over 200 modules, against importing it plainly. After `pnpm build`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MODULES = 200;
const FUNCTIONS = 50;
const ROUNDS = 5;
const reader = new URL('../packages/code/dist/index.js', import.meta.url).href;

const moduleText = (at) =>
  [
    at + 1 < MODULES ? `import { help${at + 1} } from './m${at + 1}.mjs';` : '',
    `const STEP = ${at};`,
    `const TABLE = { a: ${at}, b: [${at}, ${at + 1}], c: 'text ${at}' };`,
    ...Array.from(
      { length: 8 },
      (_, n) =>
        `export function part${at}_${n}(row, by = ${n}) {\n  const found = TABLE.b.map((x) => x * by + STEP);\n  if (row.n > ${n}) return found.filter((x) => x % 2 === 0).join(',');\n  return TABLE.c.replaceAll('t', String(row.n)).trim();\n}`,
    ),
    at % 4 !== 3 && at + 1 < MODULES
      ? `export const help${at} = (row) => part${at}_1(row) + help${at + 1}(row);`
      : `export const help${at} = (row) => part${at}_2(row);`,
  ].join('\n');

const pipelineText = () =>
  [
    ...Array.from({ length: MODULES }, (_, at) => `import { help${at}, part${at}_0 } from './m${at}.mjs';`),
    "import { map, pipeline, source } from 'millrace';",
    'const rows = source.rows([{ n: 1 }]);',
    ...Array.from(
      { length: FUNCTIONS },
      (_, n) => `export const run${n} = (row) => ({ out: help${n * 4}(row) + part${n * 4 + 1}_0(row) + ${n} });`,
    ),
    `export default pipeline({ ${Array.from({ length: FUNCTIONS }, (_, n) => `s${n}: map(rows, { reads: ['n'], run: run${n} })`).join(', ')} });`,
  ].join('\n');

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-code-'));
const project = join(folder, 'project');
mkdirSync(project);
writeFileSync(join(project, 'package.json'), '{ "name": "project", "type": "module" }');
mkdirSync(join(project, 'node_modules'));
symlinkSync(fileURLToPath(new URL('../packages/millrace', import.meta.url)), join(project, 'node_modules/millrace'));
for (let at = 0; at < MODULES; at++) writeFileSync(join(project, `m${at}.mjs`), moduleText(at));
writeFileSync(join(project, 'pipeline.mjs'), pipelineText());
writeFileSync(
  join(folder, 'plain.mjs'),
  `import * as module from ${JSON.stringify(pathToFileURL(join(project, 'pipeline.mjs')).href)};\nif (!module.run${FUNCTIONS - 1}) process.exit(1);\n`,
);
writeFileSync(
  join(folder, 'read.mjs'),
  `import { loadPipelineFile } from ${JSON.stringify(reader)};
const { module, reader } = await loadPipelineFile(${JSON.stringify(join(project, 'pipeline.mjs'))}, { cache: process.argv[2] });
for (let at = 0; at < ${FUNCTIONS}; at++) {
  const answer = reader.read(module[\`run\${at}\`], {});
  if (!('code' in answer)) throw new Error(JSON.stringify(answer.refused));
}
`,
);

const timed = (script, ...args) => {
  const start = performance.now();
  execFileSync(process.execPath, [join(folder, script), ...args], { stdio: 'inherit' });
  return performance.now() - start;
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

try {
  timed('plain.mjs');
  timed('read.mjs', join(folder, 'warm'));
  // Side by side, so that what else the machine does weighs on all three alike.
  const rounds = Array.from({ length: ROUNDS }, (_, at) => ({
    plain: timed('plain.mjs'),
    cold: timed('read.mjs', join(folder, `cold-${at}`)),
    warm: timed('read.mjs', join(folder, 'warm')),
  }));
  const line = (name, key) => {
    const ratio = median(rounds.map((round) => round[key] / round.plain));
    const ms = median(rounds.map((round) => round[key]));
    console.log(`${name.padEnd(28)} ${ms.toFixed(0).padStart(5)} ms  ${ratio.toFixed(2)} x`);
    return ratio;
  };
  line('importing plainly', 'plain');
  const cold = line('loading and reading, cold', 'cold');
  line('loading and reading, again', 'warm');
  if (cold > 3) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
