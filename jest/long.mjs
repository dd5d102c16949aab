// The tests that go further, as far as they can: `npm run test:long [-- part of a path, jest options as --name=value]`. Each prints a line of figures.
// `MILLRACE_CAMPAIGN=ci` lets them end within some minutes.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const below = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|fixtures)$/.test(entry.name) ? [] : below(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });

const [options, parts] = [true, false].map((are) =>
  process.argv.slice(2).filter((word) => word.startsWith('-') === are),
);
const files = ['packages', 'test', 'examples']
  .flatMap(below)
  .filter((path) => /campaign/i.test(readFileSync(path, 'utf8')))
  .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)));
const env = { MILLRACE_CAMPAIGN: '1', ...process.env };
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const words = [...jest, '--runTestsByPath', ...files, ...options];

console.log(`campaigns in ${files.length} files, MILLRACE_CAMPAIGN=${env.MILLRACE_CAMPAIGN}`);
process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit', env }).status ?? 1;
