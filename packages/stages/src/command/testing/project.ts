import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** A user's folder with training programs in it, and a side file in which programs say what they do. */
export interface Project {
  readonly base: string;
  write(name: string, text: string): string;
  read(name: string): string;
  said(): string[];
  remove(): void;
}

export function project(): Project {
  const base = mkdtempSync(join(tmpdir(), 'millrace-command-'));
  for (const name of ['train.js', 'train.py']) copyFileSync(join(fixtures, name), join(base, name));
  writeFileSync(join(base, 'package.json'), '{"type":"module"}');
  const side = join(base, 'side');
  process.env.SIDE = side;
  return {
    base,
    write: (name, text) => {
      writeFileSync(join(base, name), text);
      return join(base, name);
    },
    read: (name) => readFileSync(join(base, name), 'utf8'),
    said: () => (existsSync(side) ? readFileSync(side, 'utf8').split('\n').filter(Boolean) : []),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

export const examples = Array.from({ length: 40 }, (_, i) => ({ x: i / 10 - 2, y: i >= 20 ? 1 : 0 }));
