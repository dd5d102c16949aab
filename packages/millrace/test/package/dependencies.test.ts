import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(process.cwd(), 'packages', name, 'package.json'), 'utf8')) as Manifest;

/** Taken into the engine by the build. */
const TAKEN_IN = ['object-hash', 'rxjs', 'fastest-levenshtein'];

test.each(['core', 'arrow-store', 'stages'])(
  'what %s needs, millrace brings, since its engine holds that code',
  (name) => {
    const { dependencies: own = {}, peerDependencies: peers = {} } = manifest('millrace');
    const needed = Object.entries({ ...manifest(name).dependencies, ...manifest(name).peerDependencies }).filter(
      ([each]) => !each.startsWith('@millrace/') && !TAKEN_IN.includes(each),
    );
    expect(Object.fromEntries(needed.map(([each]) => [each, { ...own, ...peers }[each]]))).toEqual(
      Object.fromEntries(needed),
    );
  },
);
