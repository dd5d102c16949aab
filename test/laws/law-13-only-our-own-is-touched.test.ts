import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore, StoreError } from '@millrace/arrow-store';
import { type FolderOutput, resultOf } from '@millrace/core';
import fc from 'fast-check';
import { sign } from '../../packages/arrow-store/src/signed.js';
import { linkNames } from '../../packages/millrace/src/command/by-name.js';
import { keepAt } from '../../packages/stages/src/at/at.js';
import { entryOf } from '../contract/samples.js';
import { folder } from './files.js';
import { go } from './kit.js';
import { lab } from './lab.js';

/** One thing that somebody put somewhere: a file, a folder, or a link to a folder or a file outside. */
interface Thing {
  readonly path: string;
  readonly is: 'file' | 'folder' | 'link to a folder' | 'link to a file';
}

const ROOMS =
  'records cutoff rows objects journals runs locks alive facts work tmp trash quarantine by-name format counter'.split(
    ' ',
  );
const HEX = 'ab'.repeat(16);
const NAMES = [
  ...ROOMS,
  'src',
  'aa',
  'zz',
  'uploads',
  'notes.md',
  'go.sum',
  'paper',
  HEX,
  '000000000001.json',
  '000000000001.keep',
  `${'0'.repeat(64)}.bin`,
  'host.00000000.17.1.0badcafe',
];

const thing: fc.Arbitrary<Thing> = fc.record({
  path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  is: fc.constantFrom('file', 'file', 'folder', 'link to a folder', 'link to a file'),
});
const things = fc.array(thing, { minLength: 1, maxLength: 8 });

/** Puts what still has room, and gives what was put. */
const put = (root: string, all: readonly Thing[], outside: string): Thing[] =>
  all.filter(({ path, is }) => {
    try {
      const at = join(root, path);
      mkdirSync(dirname(at), { recursive: true });
      if (is === 'file') writeFileSync(at, `mine: ${path}`, { flag: 'wx' });
      else if (is === 'folder') mkdirSync(at);
      else symlinkSync(is === 'link to a file' ? join(outside, 'thesis.txt') : outside, at);
      return true;
    } catch {
      return false;
    }
  });

const somewhereElse = (at: string): string => {
  for (const path of ['old/draft.txt', `${HEX}/000000000001.json`, `aa/${'0'.repeat(64)}.bin`]) {
    mkdirSync(join(at, dirname(path)), { recursive: true });
    writeFileSync(join(at, path), 'precious');
  }
  writeFileSync(join(at, 'thesis.txt'), 'ten years of work');
  return at;
};

const shown = (path: string): string => {
  const it = lstatSync(path, { throwIfNoEntry: false });
  if (!it) return 'nothing';
  if (it.isSymbolicLink()) return `a link to ${readlinkSync(path)}`;
  return it.isDirectory() ? 'a folder' : `${it.mode & 0o777} ${readFileSync(path, 'latin1')}`;
};

const snapshot = (root: string): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(root, { recursive: true, withFileTypes: true }) as { parentPath: string; name: string }[])
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path, shown(path)]),
  );

/** All that may be done with a store. What is refused is refused with a reason. */
const useAll = async (root: string): Promise<void> => {
  const acts: (() => unknown)[] = [];
  try {
    const store = openStore(root, { patienceMs: 20 });
    const world = lab(store);
    const build = (limit: number) => {
      const source = world.k.rows([{ text: 'a' }, { text: `b${limit}` }]);
      return { source, pure: world.k.pure(source, { from: 'text', into: 'p' }) };
    };
    acts.push(
      () => go(world, build(1)),
      () => store.ls(),
      () => store.clear([...store.entries()].map(({ fingerprint }) => fingerprint)),
      () => go(world, build(2), { force: 'all' } as object),
      () => store.gc({ graceMs: 0, maxBytes: 0, maxAgeMs: 40 * 24 * 3_600_000 }),
      () => store.verify({ deep: true }),
      () => store.workFolder(HEX),
      () => store.dropWorkFolder(HEX),
      () => store.putFact('a', 1),
      () => store.close(),
    );
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
  }
  for (const act of acts)
    try {
      await act();
    } catch (error) {
      expect(error).toBeInstanceOf(StoreError);
    }
};

const RUNS = { seed: 13, numRuns: 40 };

describe('a folder that is no store', () => {
  test('is refused, whatever is in it, and stays as it is', async () => {
    await fc.assert(
      fc.asyncProperty(things, async (all) => {
        const base = folder();
        const outside = somewhereElse(join(base, 'outside'));
        const root = join(base, 'project');
        mkdirSync(root);
        put(root, all, outside);
        const before = snapshot(base);
        await useAll(root);
        expect(snapshot(base)).toEqual(before);
      }),
      RUNS,
    );
  });
});

describe('in a store', () => {
  test('what others put there stays, and what their links lead to, whatever is done', async () => {
    await fc.assert(
      fc.asyncProperty(things, async (all) => {
        const base = folder();
        const outside = somewhereElse(join(base, 'outside'));
        const root = join(base, 'store');
        await openStore(root).close();
        const strangers = put(root, all, outside).filter(({ path, is }) => is !== 'folder' && !isOurs(path, is));
        const look = () => strangers.map(({ path }) => [path, shown(join(root, path))]);
        const before = [look(), snapshot(outside)];
        await useAll(root);
        expect([look(), snapshot(outside)]).toEqual(before);
      }),
      RUNS,
    );
  });
});

/** A file under a name that we give may be set aside or removed; a link never. */
const isOurs = (path: string, is: Thing['is']): boolean =>
  is === 'file' &&
  [
    /^(format|counter)$/,
    /^(tmp|alive)\/host\.0{8}\.17\.1\.0badcafe(\/|$)/,
    /^trash\/0{64}\.bin$/,
    /^runs\/0{11}1\.(json|keep)$/,
    /^(records|locks|rows|cutoff)\/aa\/[0-9a-z]+\/0{11}1\.json$/,
    /^(journals|work)\/../,
  ].some((pattern) => pattern.test(path));

const ODD = [
  '../x',
  '../../.git/hooks/post-checkout',
  '/tmp/x',
  'a/../../x',
  '.',
  '..',
  '',
  'a//b',
  'a/',
  './a',
  'a\0b',
];

describe('a list of files that somebody made up', () => {
  const made = async (files: (object: string) => readonly { path: string; object: string }[]) => {
    const root = join(folder(), 'store');
    const store = openStore(root);
    const object = await store.putBytes(Buffer.from('#!/bin/sh'));
    const output: FolderOutput = {
      is: 'folder',
      digest: 'd',
      bytes: 1,
      files: files(object).map((file) => ({ ...file, bytes: 9 })),
    };
    const at = join(root, 'records', 'ab', HEX);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, '000000000007.json'), sign(entryOf(HEX, { parts: { main: output } })));
    return { root, store, output, base: dirname(root) };
  };

  test.each([
    ...ODD.map(
      (path) =>
        [
          JSON.stringify(path),
          (object: string) => [
            { path: 'good', object },
            { path, object },
          ],
        ] as const,
    ),
    [
      'twice the same',
      (object: string) => [
        { path: 'a', object },
        { path: 'a', object },
      ],
    ],
    [
      'a file below a file',
      (object: string) => [
        { path: 'a', object },
        { path: 'a/b', object },
      ],
    ],
    ['an object that is a path', () => [{ path: 'a', object: '../../../../etc/passwd' }]],
  ] as const)('%s: its record is set aside, said, and nothing of it is put anywhere', async (_what, files) => {
    const { root, store, output, base } = await made(files);
    const before = readdirSync(base);
    await expect(resultOf(output, store).is === 'folder' && place(output, store, join(base, 'out'))).rejects.toThrow();
    await expect(
      keepAt(output, { at: 'out' }, { base, place: async (...a) => store.placeFile(...a) }),
    ).rejects.toThrow();
    expect(readdirSync(base).filter((name) => !name.endsWith('.millrace'))).toEqual(before);
    expect(store.entry(HEX)).toBeUndefined();
    expect(store.noticed().map(({ object }) => object)).toContain(`records/ab/${HEX}/000000000007.json`);
    expect(readdirSync(join(root, 'quarantine'))).toHaveLength(2);
    await store.close();
  });

  const place = (output: FolderOutput, store: ReturnType<typeof openStore>, at: string) => {
    const result = resultOf(output, store);
    return result.is === 'folder' ? result.place(at) : Promise.reject(new Error('no folder'));
  };

  test('a link inside of the target is not gone through, and half of an export is not left', async () => {
    const { store, output, base } = await made((object) => [
      { path: 'a', object },
      { path: 'sub/b', object },
    ]);
    const outside = somewhereElse(join(base, 'outside'));
    const before = snapshot(outside);
    mkdirSync(join(base, 'out'));
    symlinkSync(outside, join(base, 'out/sub'));
    await expect(place(output, store, join(base, 'out'))).rejects.toThrow('is a link');
    await expect(keepAt(output, { at: 'out' }, { base, place: async (...a) => store.placeFile(...a) })).rejects.toThrow(
      'is a link',
    );
    expect([readdirSync(join(base, 'out')), snapshot(outside)]).toEqual([['sub'], before]);
    const lost = { ...output, files: [...output.files, { path: 'c', bytes: 1, object: `${'0'.repeat(64)}.bin` }] };
    await expect(place(lost, store, join(base, 'other'))).rejects.toThrow('is not there');
    expect(readdirSync(base).filter((name) => name.startsWith('other'))).toEqual([]);
    await store.close();
  });

  test('a note of what was put somewhere removes nothing outside', async () => {
    const { store, output, base } = await made((object) => [{ path: 'a', object }]);
    const outside = somewhereElse(join(base, 'outside'));
    const before = snapshot(outside);
    const files = Object.fromEntries(['../outside/thesis.txt', join(outside, 'thesis.txt')].map((path) => [path, {}]));
    writeFileSync(join(base, '.out.millrace'), JSON.stringify({ files }));
    symlinkSync(join(outside, 'thesis.txt'), join(base, '.out.millrace.part'));
    const at = { at: 'out', overwrite: true };
    await keepAt(output, at, { base, place: async (...a) => store.placeFile(...a) });
    expect([readdirSync(join(base, 'out')), snapshot(outside)]).toEqual([['a'], before]);
    await store.close();
  });
});

describe('names for people', () => {
  test.each(['..', '.', '../../x', '/etc', '', 'a/b', '.git', 'x'.repeat(400), '\0'])(
    'a stage called %j: its links lie in by-name, and lead into the store; those of others stay',
    async (name) => {
      const cache = folder();
      const root = join(cache, 'millrace', 'store');
      const store = openStore(root);
      const object = await store.putBytes(Buffer.from('x'));
      const files = [{ path: 'a', bytes: 1, object }];
      store.commit(
        entryOf(HEX, {
          recipe: { inputs: [{ fingerprint: HEX }] },
          detail: { names: [name] },
          parts: { main: { is: 'folder', digest: 'd', bytes: 1, files } },
        }),
        {},
      );
      const outside = somewhereElse(join(cache, 'outside'));
      mkdirSync(join(root, 'by-name'));
      symlinkSync(outside, join(root, 'by-name/mine'));
      writeFileSync(join(root, 'by-name/list.txt'), 'mine');
      const before = snapshot(outside);
      const was = process.env['XDG_CACHE_HOME'];
      process.env['XDG_CACHE_HOME'] = cache;
      try {
        for (let i = 0; i < 2; i++) linkNames({ store } as never);
      } finally {
        if (was === undefined) delete process.env['XDG_CACHE_HOME'];
        else process.env['XDG_CACHE_HOME'] = was;
      }
      const links = Object.entries(snapshot(cache)).filter(([, is]) => is.startsWith('a link'));
      expect(links.map(([path]) => path).every((path) => path.startsWith(join(root, 'by-name')))).toBe(true);
      expect(links.filter(([, is]) => /\.\.\/(records|objects)\/[0-9a-f]{2}\/[^/]+$/.test(is))).toHaveLength(2);
      expect(shown(join(root, 'by-name/mine'))).toBe(`a link to ${outside}`);
      expect([readFileSync(join(root, 'by-name/list.txt'), 'utf8'), snapshot(outside)]).toEqual(['mine', before]);
      await store.close();
      rmSync(cache, { recursive: true });
    },
  );
});
