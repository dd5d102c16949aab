import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { versionsOf } from '../src/bundle/packages.js';
import { type Files, newFolder, removeFolders, write } from './project.js';

afterAll(removeFolders);

const manifest = (name: string, version: string, more = {}) => JSON.stringify({ name, version, ...more });

const installed = (files: Files) => {
  const folder = newFolder();
  write(folder, files);
  return folder;
};

describe('the version of an installed package', () => {
  test('comes with all that the package depends on, each once, circles too', () => {
    const folder = installed({
      'node_modules/a/package.json': manifest('a', '1.0.0', {
        dependencies: { b: '*' },
        peerDependencies: { c: '*', gone: '*' },
      }),
      'node_modules/b/package.json': manifest('b', '2.0.0', { dependencies: { a: '*', c: '*' } }),
      'node_modules/b/node_modules/c/package.json': manifest('c', '3.1.0'),
      'node_modules/c/package.json': manifest('c', '3.0.0'),
      'node_modules/other/package.json': manifest('other', '9.0.0'),
    });
    expect(versionsOf('a', folder)).toEqual({ a: '1.0.0', b: '2.0.0', c: '3.0.0 3.1.0' });
  });

  test('is the same wherever and by whomever it was installed', () => {
    const npm = installed({ 'node_modules/@x/a/package.json': manifest('@x/a', '1.0.0') });
    const pnpm = installed({
      'node_modules/.pnpm/@x+a@1.0.0_peer@2.0.0/node_modules/@x/a/package.json': manifest('@x/a', '1.0.0'),
      'node_modules/@x/.keep': '',
    });
    symlinkSync('../.pnpm/@x+a@1.0.0_peer@2.0.0/node_modules/@x/a', join(pnpm, 'node_modules/@x/a'));
    expect(versionsOf('@x/a', pnpm)).toEqual(versionsOf('@x/a', npm));
  });

  test('tells a patched package from the published one', () => {
    const entry = (name: string) => {
      const folder = installed({ [`node_modules/.pnpm/${name}/node_modules/a/package.json`]: manifest('a', '1.0.0') });
      symlinkSync(`.pnpm/${name}/node_modules/a`, join(folder, 'node_modules/a'));
      return versionsOf('a', folder).a;
    };
    const file = { 'node_modules/a/package.json': manifest('a', '1.0.0') };
    const byFile = (patch: string) => versionsOf('a', installed({ ...file, 'patches/a+1.0.0.patch': patch })).a;
    const all = [
      entry('a@1.0.0'),
      entry('a@1.0.0_patch_hash=abc'),
      entry('a@1.0.0_patch_hash=abd'),
      byFile('one'),
      byFile('two'),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(byFile('one')).toBe(byFile('one'));
  });

  test('tells commits of a package from git apart, though its version stays', () => {
    const at = (commit: string) =>
      versionsOf(
        'a',
        installed({
          'node_modules/a/package.json': manifest('a', '1.0.0'),
          'node_modules/.package-lock.json': JSON.stringify(
            {
              packages: {
                'node_modules/a': { version: '1.0.0', resolved: `git+ssh://git@github.com/x/a.git#${commit}` },
              },
            },
            null,
            2,
          ),
        }),
      ).a;
    expect(at('aaa')).not.toBe(at('bbb'));
  });

  test('of the framework stands for what the framework depends on', () => {
    const folder = installed({
      'node_modules/@millrace/core/package.json': manifest('@millrace/core', '1.0.0', { dependencies: { b: '*' } }),
      'node_modules/b/package.json': manifest('b', '2.0.0'),
    });
    expect(versionsOf('@millrace/core', folder)).toEqual({ '@millrace/core': '1.0.0' });
  });
});
