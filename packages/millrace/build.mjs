import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, 'dist/bundle');
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const installed = new Set(Object.keys({ ...dependencies, ...peerDependencies }));

/** Small and needed by every run: taken in. All else stays a package, loaded when it is needed. */
const TAKEN_IN = new Set([
  '@millrace/core',
  '@millrace/arrow-store',
  '@millrace/stages',
  'rxjs',
  'object-hash',
  'fastest-levenshtein',
]);

const packageOf = (path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/');

const outside = {
  name: 'outside',
  setup(made) {
    made.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const name = packageOf(path);
      if (kind === 'entry-point' || TAKEN_IN.has(name)) return undefined;
      if (isBuiltin(path) || installed.has(name)) return { path, external: true };
      return {
        errors: [{ text: `${name} is no dependency of millrace: users would not have it. Add it to package.json.` }],
      };
    });
  },
};

/** Read from source, in one pass: the command and what users import share one copy of the engine, and start fast. */
const { metafile } = await build({
  entryPoints: {
    millrace: join(here, 'src/command/main.ts'),
    index: join(here, 'src/index.ts'),
    core: join(here, 'src/core.ts'),
    command: join(here, 'src/command/index.ts'),
    'local-worker': join(here, '../stages/src/models/local-worker.mjs'),
  },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@millrace/source'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [outside],
  banner: {
    js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
  },
  chunkNames: 'part-[hash]',
});

/** What earlier builds left. Parts are named by content, so that one who runs them meanwhile is not disturbed. */
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(outdir)) if (!made.has(name)) rmSync(join(outdir, name), { recursive: true });

const sizes = Object.values(metafile.outputs).map(({ bytes }) => bytes);
if (process.argv.includes('--report')) console.log(`${sizes.length} files, ${sizes.reduce((a, b) => a + b)} bytes`);
