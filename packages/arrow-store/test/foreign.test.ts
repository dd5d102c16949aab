import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { entryOf } from '../../../test/contract/samples.js';
import { openStore, StoreError } from '../src/index.js';
import { sign } from '../src/signed.js';
import { folders } from './process/start.js';

const at = folders();
const fingerprint = 'ab'.repeat(16);
const HOUR = 3_600_000;

const put = (path: string, text = 'mine') => {
  const file = join(at.root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** All that lies below a folder, and what is in it. */
const seen = (root = at.root): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(root, { recursive: true }) as string[]).sort().map((name) => {
      const is = lstatSync(join(root, name));
      return [name, is.isFile() ? readFileSync(join(root, name), 'utf8') : is.isSymbolicLink() ? 'a link' : 'a folder'];
    }),
  );

const refused = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return String(error);
  }
  throw new Error('it was not refused');
};

/** A store with one record in it, closed. */
const made = async (): Promise<void> => {
  const store = openStore(at.root);
  store.commit(entryOf(fingerprint), {});
  await store.close();
};

const recordFile = (is: unknown, folder = fingerprint) =>
  put(`records/${folder.slice(0, 2)}/${folder}/000000000007.json`, sign(is));

describe('a folder is a store only with our mark', () => {
  const strangers: Readonly<Record<string, () => void>> = {
    'a folder called tmp': () => put('tmp/uploads/photo.raw'),
    'folders called as ours': () => ['records/a', 'work/b', 'runs/c', 'trash/d', 'alive/e'].map((path) => put(path)),
    'a file called format': () => put('format', '{"format":1}\n'),
    'a file called format, with a broken sum': () => put('format', sign({ format: 1 }).replace('1}}', '2}}')),
    'a record that does not stand in the place of its fingerprint': () =>
      recordFile(entryOf(fingerprint), 'c'.repeat(32)),
    'a record that is not signed': () => put('records/ab/abababab/000000000001.json', JSON.stringify({ fingerprint })),
    'a good record, and a tmp of somebody else': () => {
      recordFile(entryOf(fingerprint));
      put('tmp/uploads/photo.raw');
    },
    'a good record, and files of a project': () => {
      recordFile(entryOf(fingerprint));
      put('src/index.ts');
    },
    'a good record, and a format that is not ours, beside a project': () => {
      recordFile(entryOf(fingerprint));
      put('format', 'A4');
      put('package.json', '{}');
    },
  };

  test.each(Object.entries(strangers))('%s: refused, and nothing is written', (_what, make) => {
    make();
    const before = seen();
    for (const access of ['write', 'read'] as const)
      expect(refused(() => openStore(at.root, { access }))).toContain('This folder is not a store');
    expect(seen()).toEqual(before);
  });

  test.each(['.gitignore', '.gitkeep', '.DS_Store', '.format-0badcafe', 'lost+found'])(
    'only %s in it: it becomes one',
    async (name) => {
      put(name);
      await openStore(at.root).close();
      expect(existsSync(join(at.root, 'format'))).toBe(true);
    },
  );

  test.each(['lost', 'broken'])('a %s mark is written anew where a record says that this is a store', async (how) => {
    await made();
    const mark = join(at.root, 'format');
    const before = readFileSync(mark, 'utf8');
    rmSync(mark);
    if (how === 'broken') writeFileSync(mark, 'what?');
    const store = openStore(at.root);
    expect(store.entry(fingerprint)?.fingerprint).toBe(fingerprint);
    expect(store.noticed().map(({ object }) => object)).toEqual(how === 'broken' ? ['format'] : []);
    await store.close();
    expect(readFileSync(mark, 'utf8')).toBe(before);
  });
});

describe('no link leads out of a store', () => {
  const outside = () => {
    const folder = join(dirname(at.root), 'docs');
    mkdirSync(join(folder, 'old'), { recursive: true });
    for (const name of ['thesis.txt', 'old/draft.txt', 'go.sum', `${'0'.repeat(64)}.bin`])
      writeFileSync(join(folder, name), 'mine');
    return folder;
  };
  const rooms =
    'records cutoff rows objects journals runs locks alive facts work tmp trash quarantine by-name counter format';

  test.each(rooms.split(' '))('%s is a link: the store is refused, in every way to open it', async (room) => {
    await made();
    const folder = outside();
    rmSync(join(at.root, room), { recursive: true, force: true });
    symlinkSync(folder, join(at.root, room));
    const before = [seen(), seen(folder)];
    for (const access of ['write', 'read'] as const)
      expect(refused(() => openStore(at.root, { access }))).toMatch(/A link stands|not a store/);
    expect([seen(), seen(folder)]).toEqual(before);
  });

  test.each(['records/ab', `records/ab/${fingerprint}`, 'objects/zz', 'objects/00', 'trash/x', 'objects/zz/link'])(
    '%s is a link: what lies behind it stays, whatever is done to the store',
    async (path) => {
      await made();
      const folder = outside();
      rmSync(join(at.root, path), { recursive: true, force: true });
      mkdirSync(dirname(join(at.root, path)), { recursive: true });
      symlinkSync(folder, join(at.root, path));
      const before = seen(folder);
      const store = openStore(at.root);
      const acts = [
        () => store.gc({ graceMs: 0, maxAgeMs: 0 }),
        () => store.clear([fingerprint]),
        () => store.ls(),
        () => store.entry(fingerprint),
        () => store.commit(entryOf(fingerprint), {}),
        () => store.forget(fingerprint),
      ];
      for (const act of acts) {
        try {
          act();
        } catch (error) {
          expect(String(error)).toContain('A link stands');
        }
      }
      expect((await store.verify({ deep: true })).foreign.map((each) => each.path)).toContain(path);
      await store.close();
      expect(seen(folder)).toEqual(before);
      expect(lstatSync(join(at.root, path)).isSymbolicLink()).toBe(true);
    },
  );

  test('a store that is itself behind a link is fine', async () => {
    const real = join(dirname(at.root), 'real');
    mkdirSync(real);
    symlinkSync(real, at.root);
    await made();
    const store = openStore(at.root);
    expect([store.where, store.entry(fingerprint)?.fingerprint]).toEqual([at.root, fingerprint]);
    await store.close();
  });

  test('a link under the name of an object is no object, and is replaced by the object', async () => {
    const store = openStore(at.root);
    const object = await store.putBytes(Buffer.from('good'));
    const path = join(at.root, 'objects', object.slice(0, 2), object);
    const file = join(dirname(at.root), 'elsewhere');
    writeFileSync(file, 'good');
    rmSync(path);
    symlinkSync(file, path);
    expect(store.missing([object])).toEqual([object]);
    expect(await store.putBytes(Buffer.from('good'))).toBe(object);
    expect([lstatSync(path).isFile(), readFileSync(file, 'utf8'), store.missing([object])]).toEqual([true, 'good', []]);
    await store.close();
  });

  test('a folder in the place of a file is set aside with what is in it, and the file is made anew', async () => {
    const store = openStore(at.root);
    const signal = new AbortController().signal;
    store.putFact('a fact', 1);
    const object = await store.putBytes(Buffer.from('good'));
    (await store.lock('ab'.repeat(16), signal)).release();
    store.commit(entryOf(fingerprint), {});
    const isOne = (name: string) => /^(objects|facts|locks|records)\/.*\..|^counter$/.test(name);
    // Another fact, of when the store was made, is not read again here.
    const files = Object.entries(seen()).flatMap(([name, is]) => (isOne(name) && !is.includes('swept') ? [name] : []));
    expect(files).toHaveLength(5);
    for (const file of files) {
      rmSync(join(at.root, file), { force: true });
      put(`${file}/mine`);
    }
    expect([store.missing([object]), store.fact('a fact'), store.entry(fingerprint)]).toEqual([
      [object],
      undefined,
      undefined,
    ]);
    store.putFact('a fact', 2);
    await store.putBytes(Buffer.from('good'));
    const lock = await store.lock('ab'.repeat(16), signal);
    expect([store.commit(entryOf(fingerprint), {}).counter > 0, lock.held(), store.fact('a fact')]).toEqual([
      true,
      true,
      2,
    ]);
    expect(store.missing([object])).toEqual([]);
    const aside = Object.entries(seen()).filter(
      ([name, is]) => /^quarantine\/[^/]+\/mine$/.test(name) && is === 'mine',
    );
    expect(aside).toHaveLength(files.length);
    await store.close();
  });

  test('names of objects, keys and holders that come from data are no paths', async () => {
    const file = join(dirname(at.root), 'secret');
    writeFileSync(file, 'mine');
    await made();
    const store = openStore(at.root);
    const odd = ['../../secret', '../secret', 'secret', '', '..', `ab/../../../secret`];
    expect(store.missing(odd)).toEqual(odd);
    for (const object of odd) {
      await expect(store.getBytes(object)).rejects.toThrow('is not there');
      await expect(store.openRows(object)).rejects.toThrow('is not there');
      await expect(Promise.resolve(store.placeFile(object, join(at.root, 'x'), 'link'))).rejects.toThrow(
        'is not there',
      );
    }
    put('locks/st/stage/000000000001.json', sign({ holder: '../../secret', at: '' }));
    (await store.lock('stage', AbortSignal.timeout(20_000))).release();
    await store.close();
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

describe('in a store, what is not ours stays as it is', () => {
  const others = [
    'notes.md',
    'tmp/uploads/photo.raw',
    'work/paper/figures/1.png',
    'trash/old-thesis.txt',
    'runs/exp1/best.pt',
    'alive/me',
    'locks/aa/aaaa/000000000001.txt',
    'objects/zz/go.sum',
    'objects/go.sum',
    `objects/zz/${'0'.repeat(64)}.bin`,
    'records/README',
    'quarantine/kept.txt',
    'by-name/mine/list.txt',
  ];

  test('through opening, gc, clear and verify; verify names it and moves nothing', async () => {
    await made();
    for (const path of others) {
      put(path);
      utimesSync(join(at.root, path), 1, 1);
    }
    const store = openStore(at.root);
    store.gc({ graceMs: 0, maxAgeMs: 40 * 24 * HOUR, maxBytes: 0 });
    store.clear([fingerprint]);
    const { foreign, damaged } = await store.verify({ deep: true });
    await store.close();
    expect(damaged).toEqual([]);
    const named = foreign.map(({ path }) => path);
    expect(named).toEqual(expect.arrayContaining(others.filter((path) => !/^(quarantine)/.test(path))));
    for (const path of others) expect([path, readFileSync(join(at.root, path), 'utf8')]).toEqual([path, 'mine']);
  });

  test('a file outside that has one more link in a room is not written into', async () => {
    await made();
    const file = join(dirname(at.root), 'mine.txt');
    writeFileSync(file, 'mine');
    mkdirSync(join(at.root, 'locks/st/stage'), { recursive: true });
    linkSync(file, join(at.root, 'locks/st/stage/000000000001.json'));
    const store = openStore(at.root, { patienceMs: 30 });
    (await store.lock('stage', AbortSignal.timeout(20_000))).release();
    await store.close();
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});
