import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import { build } from 'esbuild';
import { lazyBuiltins } from './lazy-builtins.mjs';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, 'dist/bundle');
const { dependencies, peerDependencies, version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const installed = new Set(Object.keys({ ...dependencies, ...peerDependencies }));

/** Small and needed by every run: taken in. All else stays a package, loaded when it is needed. */
const TAKEN_IN = new Set([
  '@millrace/core',
  '@millrace/arrow-store',
  '@millrace/code',
  '@millrace/stages',
  'rxjs',
  'tslib',
  'object-hash',
  'fastest-levenshtein',
]);

const packageOf = (path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/');

const outside = {
  name: 'outside',
  setup(made) {
    /** As modules, so that only what is used is taken in. */
    const rxjs = join(dirname(require.resolve('rxjs/package.json')), 'dist/esm/index.js');
    made.onResolve({ filter: /^rxjs$/ }, () => ({ path: rxjs, sideEffects: false }));
    made.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const name = packageOf(path);
      if (kind === 'entry-point' || TAKEN_IN.has(name)) return undefined;
      if (!isBuiltin(path) && !installed.has(name))
        console.warn(`${name} is no dependency of millrace: users would not have it. Add it to package.json.`);
      return { path, external: true };
    });
  },
};

const shared = {
  bundle: true,
  write: false,
  outdir,
  platform: 'node',
  target: 'node20.19',
  conditions: ['@millrace/source'],
  // An error that a script does not catch is shown with the whole line that threw it: lines stay short.
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'error',
  plugins: [lazyBuiltins, outside],
};

/** Whatever decides how code is read: answers of another version are not taken over. */
const reader = createHash('sha256').update(JSON.stringify(dependencies));
const code = join(here, '../code/src');
for (const name of readdirSync(code, { recursive: true }).sort())
  if (name.endsWith('.ts')) reader.update(readFileSync(join(code, name)));

const OWN_ADDRESS =
  "const{pathToFileURL:$url}=require('node:url'),$own=$url(__filename).href,$find=(name)=>$url(require.resolve(name)).href;";

const textOf = async (entry, options) => {
  const { outputFiles } = await build({ ...shared, entryPoints: [join(here, entry)], ...options });
  return outputFiles[0].text;
};

/** Machine code from a cache cannot import by itself: each import() asks the loader. */
function withImports(text) {
  const places = [];
  const look = (node) => {
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'ImportExpression') places.push(node.start);
    for (const inner of Object.values(node)) look(inner);
  };
  look(parse(text, { ecmaVersion: 'latest', sourceType: 'script' }));
  return places.sort((a, b) => b - a).reduce((made, at) => `${made.slice(0, at)}$${made.slice(at)}`, text);
}

/** Read from source, in one pass: the command and what users import share one copy of the engine. */
const engine = withImports(
  await textOf('src/engine.ts', {
    format: 'cjs',
    define: {
      'import.meta.url': '$own',
      'import.meta.resolve': '$find',
      READER_DIGEST: JSON.stringify(reader.digest('hex').slice(0, 16)),
    },
    banner: { js: OWN_ADDRESS },
  }),
);

const digest = createHash('sha256').update(engine).digest('hex').slice(0, 16);
const defined = { ENGINE_DIGEST: JSON.stringify(digest), MILLRACE_VERSION: JSON.stringify(version) };

const files = {
  'package.json': '{ "type": "commonjs" }\n',
  'engine.js': engine,
  'millrace.js': await textOf('src/bin/main.ts', {
    format: 'cjs',
    define: defined,
    banner: { js: '#!/usr/bin/env node' },
  }),
  'load.js': await textOf('src/bin/engine-file.ts', { format: 'cjs', define: defined }),
  'local-worker.mjs': await textOf('../stages/src/models/local-worker.mjs', { format: 'esm' }),
};

/** Others see the whole file or none of it. */
const put = (name, text) => {
  const draft = join(outdir, `.${name}.${process.pid}`);
  writeFileSync(draft, text, { mode: name === 'millrace.js' ? 0o755 : 0o644 });
  renameSync(draft, join(outdir, name));
};

mkdirSync(outdir, { recursive: true });
for (const [name, text] of Object.entries(files)) put(name, text);

/** A module for `import`, standing on the one engine of the process. */
const loaded = require(join(outdir, 'load.js')).loadEngine(join(outdir, 'engine.js')).exports;
for (const [name, of] of [
  ['index.mjs', 'millrace'],
  ['core.mjs', 'core'],
  ['command.mjs', 'command'],
]) {
  const names = Object.keys(loaded[of]).filter((each) => each !== 'default');
  put(
    name,
    `import{createRequire}from'node:module';import{fileURLToPath}from'node:url';const load=createRequire(import.meta.url)('./load.js').loadEngine;const{${of}:own}=load(fileURLToPath(new URL('./engine.js',import.meta.url))).exports;export const{${names.join(',')}}=own;\n`,
  );
}

writeFileSync(join(here, 'schema.json'), `${JSON.stringify(loaded.command.pipelineSchema(), null, 1)}\n`);

const kept = new Set([...Object.keys(files), 'index.mjs', 'core.mjs', 'command.mjs']);
for (const name of readdirSync(outdir)) if (!kept.has(basename(name))) rmSync(join(outdir, name), { recursive: true });
if (process.argv.includes('--report')) for (const [name, text] of Object.entries(files)) console.log(name, text.length);
