// A million calls of functions that run from the text of their key, against the same functions called as imported (with a version). After `pnpm build`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const ROUNDS = Number(process.env.ROUNDS ?? 7);
const command = fileURLToPath(new URL('../packages/millrace/dist/bundle/millrace.js', import.meta.url));

const FUNCTIONS = {
  trivial: '({ n }) => ({ y: n + 1 })',
  text: "({ t }) => ({ y: t.toLowerCase().replace(/[^a-z0-9 ]/g, '').split(' ').filter((w) => w.length > 3).join('-') })",
  dates: '({ n }) => ({ y: new Date(Date.UTC(2020, n % 12, n % 28)).toISOString() })',
};

const pipelineOf = (run, more) => `import { map, pipeline, rowsSource } from 'millrace';
const rows = rowsSource(Array.from({ length: ${ROWS} }, (_, n) => ({ n, t: \`The quick brown fox of a lazy dog \${n}\` })));
export default pipeline({ rows, out: map(rows, { ${more}run: ${run} }) });
`;

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-calls-'));
const run = (project, ...words) => execFileSync(process.execPath, [command, 'run', ...words], { cwd: project });
const projectOf = (name, text) => {
  const project = join(folder, name);
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  symlinkSync(fileURLToPath(new URL('../packages/millrace', import.meta.url)), join(project, 'node_modules/millrace'));
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "type": "module" }');
  writeFileSync(join(project, 'pipeline.ts'), text);
  run(project);
  return project;
};
const timed = (project) => {
  const start = performance.now();
  run(project, '--force', 'out');
  return performance.now() - start;
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

try {
  for (const [name, text] of Object.entries(FUNCTIONS)) {
    const own = projectOf(`${name}-own`, pipelineOf(text, ''));
    const imported = projectOf(`${name}-imported`, pipelineOf(text, 'version: 1, '));
    const rounds = Array.from({ length: ROUNDS }, () => ({ own: timed(own), imported: timed(imported) }));
    const ratio = median(rounds.map((round) => round.own / round.imported));
    const ms = median(rounds.map((round) => round.own));
    console.log(`${name.padEnd(10)} ${ms.toFixed(0).padStart(6)} ms  ${ratio.toFixed(2)} x`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
