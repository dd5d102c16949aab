import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const venv = join(process.cwd(), '.python');
const wanted = readFileSync(join(process.cwd(), 'test/interop/requirements.txt'), 'utf8');
const ready = join(venv, 'ready');

/**
 * A virtual environment with the libraries, or why there is none. Making one takes minutes: it is done in CI only; a
 * folder `.python` that is there is used.
 */
export function python(): { readonly run: string } | { readonly absent: string } {
  if (existsSync(ready) && readFileSync(ready, 'utf8') === wanted) return { run: join(venv, 'bin/python') };
  if (!process.env['CI']) return { absent: 'no .python folder with the libraries; CI=1 makes one' };
  try {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' });
    execFileSync(join(venv, 'bin/pip'), ['install', '-q', '-r', 'test/interop/requirements.txt'], { stdio: 'pipe' });
  } catch (error) {
    return { absent: `python3 and pip can't make one here: ${String(error).slice(0, 200)}` };
  }
  writeFileSync(ready, wanted);
  return { run: join(venv, 'bin/python') };
}
