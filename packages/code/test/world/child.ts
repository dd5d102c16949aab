import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A process of its own: zone and locale are taken when it starts, and nothing watches its promises. */
export type Ask = (file: 'plain' | 'inside', env?: Readonly<Record<string, string>>) => unknown;

/** Asks a function by its text, plain or in a world, and gives what it tells as JSON. */
export const children = (question: (...given: never[]) => unknown, before = ''): Ask => {
  const folder = mkdtempSync(join(tmpdir(), 'worlds-'));
  buildSync({
    entryPoints: [fileURLToPath(new URL('../../src/world/index.ts', import.meta.url))],
    outfile: join(folder, 'world.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
  });
  const text = `(...all) => { ${before}; return { run: async () => JSON.stringify(await (${question})()) }; }`;
  const write = (name: string, lines: string) => writeFileSync(join(folder, `${name}.mjs`), lines);
  write('plain', `console.log(JSON.stringify(await (${question})()));`);
  write(
    'inside',
    `import { makeWorld } from './world.mjs';
process.on('unhandledRejection', () => {});
const { run, calling } = await (async () => {
  const world = makeWorld({ kind: 'made' });
  const functions = await world.load({ digest: 'q', text: ${JSON.stringify(text)}, imports: ${JSON.stringify(before ? MODULES : [])} });
  return { run: functions.run, calling: world.calling };
})();
const answer = await calling(run)();
process.stdout.write(answer, () => process.exit());`,
  );
  return (file, env = {}) => {
    const options = { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8', maxBuffer: 1e8 } as const;
    return JSON.parse(execFileSync(process.execPath, [join(folder, `${file}.mjs`)], options));
  };
};

const MODULES = [
  'path',
  'url',
  'util',
  'events',
  'buffer',
  'assert',
  'string_decoder',
  'querystring',
  'punycode',
  'crypto',
  'zlib',
  'fs',
].map((name) => ({ name, how: 'import' }));
