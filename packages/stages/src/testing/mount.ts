import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface SmallDisk {
  readonly path: string;
  remount(options: string): void;
  remove(): void;
}

/** A disk of its own for a test. Undefined where none can be mounted, and then it is said. */
export function smallDisk(path: string, options: string): SmallDisk | undefined {
  mkdirSync(path, { recursive: true });
  const mount = (...args: readonly string[]) => void execFileSync('mount', args, { stdio: 'ignore' });
  try {
    mount('-t', 'tmpfs', '-o', options, 'tmpfs', path);
  } catch {
    console.log('No disk can be mounted here, which takes the right to mount.');
    return undefined;
  }
  return {
    path,
    remount: (more) => mount('-o', `remount,${more}`, path),
    remove: () => void execFileSync('umount', [path]),
  };
}
