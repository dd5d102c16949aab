import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTinyModels } from '@millrace/stages/tiny-models';

const command = fileURLToPath(new URL('../../packages/millrace/dist/bundle/millrace.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-quickstart-'));

function run(title) {
  console.log(`${title}\n$ millrace run`);
  const { status } = spawnSync(process.execPath, [command, 'run'], { cwd: folder, stdio: 'inherit' });
  console.log('');
  if (status !== 0) throw new Error(`millrace run ended with ${status}.`);
}

/** One line of a file. */
function edit(file, from, to) {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} does not say ${from}.`);
  writeFileSync(path, before.replace(from, to));
  console.log(`$ edit ${file}: ${to.startsWith(from) ? `+ ${to.slice(from.length).trim()}` : `${from} → ${to}`}`);
}

try {
  for (const name of ['pipeline.yaml', 'data'])
    cpSync(new URL(name, import.meta.url), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  await writeTinyModels(join(folder, 'models'));

  run('The first run computes everything.');
  run('The second has nothing to do.');
  edit('data/questions.jsonl', 'Ben has 40 apples', 'Ben has 40 pears');
  run('One question was edited: one row runs, and where its answer is the same, nothing below it.');
  edit('pipeline.yaml', 'exact: exactMatch', 'exact: exactMatch\n      f1: tokenF1');
  run('A metric was added: no model is asked.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
