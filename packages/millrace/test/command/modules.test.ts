import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { built, environment, project, removeProjects, write } from './millrace.js';
import { PIPELINE, questions } from './questions.js';

afterAll(removeProjects);

const LOGGER = `import { createRequire, register } from 'node:module';
import { appendFileSync } from 'node:fs';
const note = (text) => appendFileSync(process.env.MODULES_LOG, text + '\\n');
register('data:text/javascript,' + encodeURIComponent(\`
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) { appendFileSync(process.env.MODULES_LOG, url + '\\\\n'); return next(url, context); }\`));
process.on('exit', () => { for (const file of Object.keys(createRequire(import.meta.url).cache)) note(file); });
`;

/** Every module that a run loads, imported or required. */
function modulesOf(folder: string, words: readonly string[]): string {
  write(folder, { 'logger.mjs': LOGGER, 'modules.log': '' });
  const env = environment({ MODULES_LOG: join(folder, 'modules.log') });
  const { status, stderr } = spawnSync(process.execPath, ['--import', './logger.mjs', built(), ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return spawnSync('cat', [join(folder, 'modules.log')], { encoding: 'utf8' }).stdout;
}

const HEAVY =
  /node_modules\/(?:\.pnpm\/)?(apache-arrow|parquet-wasm|onnxruntime|@huggingface|esbuild|acorn|eslint-scope|yaml|smol-toml|ajv|zod|unpdf|html-to-text)/;

describe('a run with nothing to do loads nothing heavy', () => {
  test('YAML', () => {
    const folder = project(questions);
    expect(modulesOf(folder, ['run'])).toMatch(HEAVY);
    const again = modulesOf(folder, ['run']);
    expect(again).toMatch(/engine\.js/);
    expect(again).not.toMatch(HEAVY);
  });

  test('TypeScript', () => {
    const folder = project({
      ...questions,
      'pipeline.ts':
        "import { map, pipeline, source } from 'millrace';\nconst rows = source.jsonl('data/questions.jsonl');\nconst long = map(rows, { run: ({ question }) => ({ long: question.length }) });\nexport default pipeline({ rows, long });\n",
    });
    expect(modulesOf(folder, ['run', '--file', 'pipeline.ts'])).toMatch(HEAVY);
    expect(modulesOf(folder, ['run', '--file', 'pipeline.ts'])).not.toMatch(HEAVY);
  });

  test('help needs no engine', () => {
    expect(modulesOf(project({ 'pipeline.yaml': PIPELINE }), ['run', '--help'])).not.toMatch(/engine\.js/);
  });
});
