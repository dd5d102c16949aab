// The tests on the newest Node of each line that is supported: `npm run test:nodes [-- jest options]`.
import { spawnSync } from 'node:child_process';

const LINES = ['20', '22', '24'];
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)];

for (const line of LINES) {
  console.log(`Node ${line}`);
  const { status } = spawnSync('npx', ['-y', '-p', `node@${line}`, 'node', ...jest], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
