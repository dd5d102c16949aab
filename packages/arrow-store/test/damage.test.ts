import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DamagedError } from '@millrace/core';
import { entryOf, numbers, readAll, segmentOf } from '../../../test/contract/samples.js';
import { Damage } from '../src/damage.js';
import { type FileStore, openStore } from '../src/index.js';
import { folders, MEMORY } from './process/start.js';

const at = folders(MEMORY);
const fingerprints = ['a', 'b'].map((letter) => letter.repeat(32));
const identity = 'd'.repeat(32);
const never = new AbortController().signal;
const COLUMNS = { n: 'float64', text: 'text' } as const;

/** Something in every room. Done again, it mends whatever was lost. */
const fill = async (store: FileStore): Promise<void> => {
  const run = store.beginRun({ name: 'filling' });
  const lock = await store.lock('filling', never);
  for (const fingerprint of fingerprints) {
    const object = await store.putBytes(Buffer.from(`bytes of ${fingerprint}`));
    const rows = await store.putRows([numbers(fingerprint.charCodeAt(0), 100)], COLUMNS, 'auto');
    const segment = { ...segmentOf(100), columns: COLUMNS, data: rows.object, keys: object };
    const entry = entryOf(fingerprint, { facts: { object, rows: rows.object } });
    store.commit(entry, { cutoff: fingerprint });
    store.remember(identity, 0, segment);
    store.putFact(`fact of ${fingerprint}`, fingerprint);
  }
  store.closeRedraw(identity, store.openRedraw(identity));
  for (const { id } of store.journals(identity, 0)) store.dropJournal(id);
  const journal = store.journal(identity, 0);
  for (const fingerprint of fingerprints) journal.append(Buffer.from(fingerprint));
  journal.close();
  lock.release();
  run.close({ ran: 2 });
};

/** What a reader sees: each thing right, or not there. */
const look = async (store: FileStore): Promise<{ lost: number }> => {
  let lost = 0;
  const right = (is: unknown, expected: unknown) => (is === undefined ? lost++ : expect(is).toEqual(expected));
  for (const fingerprint of fingerprints) {
    right(store.cutoff(fingerprint)?.fingerprint, fingerprint);
    right(store.fact(`fact of ${fingerprint}`), fingerprint);
    const entry = store.entry(fingerprint);
    right(entry?.fingerprint, fingerprint);
    if (!entry) continue;
    right(await unlessDamaged(() => textIn(store, entry.facts.object as string)), `bytes of ${fingerprint}`);
    const first = fingerprint.charCodeAt(0);
    const expected = Array.from({ length: 100 }, (_, i) => first + i);
    right(await unlessDamaged(() => numbersIn(store, entry.facts.rows as string)), expected);
  }
  const frames = [...store.journals(identity, 0)].flatMap(({ frames }) =>
    frames.map((frame) => Buffer.from(frame).toString()),
  );
  expect(frames.every((frame) => fingerprints.includes(frame))).toBe(true);
  expect(store.memory(identity).every(({ segment }) => segment.rows === 100)).toBe(true);
  lost += 4 - frames.length - store.memory(identity).length;
  store.runs();
  (await store.lock('filling', never)).release();
  return { lost };
};

const unlessDamaged = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await act();
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedError);
    return undefined;
  }
};

const textIn = async (store: FileStore, object: string) => Buffer.from(await store.getBytes(object)).toString();

const numbersIn = async (store: FileStore, object: string) =>
  (await readAll(await store.openRows(object), ['n', 'text'])).n;

const filesIn = (root: string): string[] =>
  (readdirSync(root, { recursive: true }) as string[]).filter((name) => statSync(join(root, name)).isFile()).sort();

const DAMAGE: { readonly [kind: string]: (file: string) => void } = {
  'a flipped bit': (file) => {
    const bytes = readFileSync(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 4;
    replace(file, bytes);
  },
  'a cut file': (file) => {
    const { size } = statSync(file);
    replace(file, readFileSync(file).subarray(0, size >> 1));
  },
  'an empty file': (file) => replace(file, Buffer.alloc(0)),
  'a missing file': (file) => rmSync(file),
  'a foreign file': (file) => replace(file, Buffer.from('{"this":"is something else"}\n')),
};

/** Stored objects are read-only; to root that means nothing, to others it does. */
const replace = (file: string, bytes: Buffer): void => {
  rmSync(file);
  writeFileSync(file, bytes);
};

/** What must be said aloud: all but what no reader asks, what a kill leaves as well, and what is only a name. */
const isNoticed = (file: string, kind: string): boolean => {
  if (/^(README|\.gitignore|counter|cutoff|locks|runs.*keep|rows.*redraw)/.test(file)) return false;
  if (kind === 'a missing file') return file.startsWith('objects') && !file.endsWith('.sum');
  return !(file.startsWith('journals') && kind !== 'a flipped bit' && kind !== 'a foreign file');
};

const prepared = async (): Promise<string[]> => {
  const store = openStore(at.root);
  await fill(store);
  expect(await look(store)).toEqual({ lost: 0 });
  expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
  await store.close();
  return filesIn(at.root);
};

describe('damage anywhere', () => {
  test.each(Object.entries(DAMAGE))(
    '%s, in every file in turn, is noticed, never believed, and mended',
    async (kind, damage) => {
      const files = await prepared();
      expect(files.length).toBeGreaterThan(20);
      for (const file of files) {
        const root = join(dirname(at.root), 'copy');
        cpSync(at.root, root, { recursive: true });
        damage(join(root, file));
        const store = openStore(root, { patienceMs: 30 });
        const { lost } = await look(store);
        const noticed = [...store.noticed(), ...(await store.verify({ deep: true })).missing];
        const said = [...noticed, ...store.noticed()];
        if (isNoticed(file, kind))
          expect({ file, said }).toEqual({ file, said: expect.arrayContaining([expect.anything()]) });
        if (lost === 0) expect(await look(store)).toEqual({ lost: 0 });
        await fill(store);
        expect({ file, ...(await look(store)) }).toEqual({ file, lost: 0 });
        expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
        await store.close();
        rmSync(root, { recursive: true });
      }
    },
  );

  test('what was set aside lies in the quarantine with a note', async () => {
    await prepared();
    const object = filesIn(at.root).find((file) => file.endsWith('.bin')) as string;
    DAMAGE['a flipped bit']?.(join(at.root, object));
    const store = openStore(at.root);
    const name = object.split('/').at(-1) as string;
    await expect(store.getBytes(name)).rejects.toBeInstanceOf(DamagedError);
    expect(store.missing([name])).toEqual([name]);
    const aside = readdirSync(join(at.root, 'quarantine')).sort();
    expect(aside).toEqual([expect.stringContaining(name), expect.stringMatching(/\.bin\.txt$/)]);
    expect(store.noticed()).toEqual([{ object: name, what: 'its content is not what its name says' }]);
    await store.close();
  });

  test.each(['arrow', 'parquet'] as const)(
    'lost checks of a good %s object are made again: its rows are not lost',
    async (format) => {
      const store = openStore(at.root);
      const batches = [numbers(0, 5000), numbers(5000, 12_000), numbers(17_000, 3)];
      const { object } = await store.putRows(batches, COLUMNS, format);
      const sums = join(at.root, 'objects', object.slice(0, 2), `${object}.sum`);
      const good = readFileSync(sums);
      for (const kind of ['a missing file', 'a flipped bit', 'an empty file'] as const) {
        DAMAGE[kind]?.(sums);
        expect(await numbersIn(store, object)).toEqual(Array.from({ length: 17_003 }, (_, i) => i));
        expect(store.noticed().at(-1)).toEqual({ object, what: expect.stringContaining('made again') });
        expect(readFileSync(sums)).toEqual(good);
      }
      await store.close();
    },
  );

  test('of a broken newest record the one before counts', async () => {
    const store = openStore(at.root);
    const [fingerprint = ''] = fingerprints;
    const older = store.commit(entryOf(fingerprint, { label: 'older' }), { cutoff: fingerprint });
    store.commit(entryOf(fingerprint, { label: 'newer' }), { cutoff: fingerprint });
    const folder = join(at.root, 'records', 'aa', fingerprint);
    truncateSync(join(folder, readdirSync(folder).sort().at(-1) as string), 40);
    expect(store.entry(fingerprint)).toEqual(older);
    expect(store.cutoff(fingerprint)).toEqual(older);
    expect(store.commit(entryOf(fingerprint), {}).counter).toBeGreaterThan(older.counter + 1);
    await store.close();
  });

  test('a broken note of remembered rows is written again from the record of an artifact with the same segment', async () => {
    const segment = { ...segmentOf(100), keys: `${'e'.repeat(64)}.bin` };
    const store = openStore(at.root);
    const table = {
      is: 'table',
      rows: 100,
      columns: [],
      failed: 0,
      groups: [{ segments: [segment], maps: [] }],
    } as const;
    store.commit(entryOf(fingerprints[0] as string, { parts: { main: table } }), {});
    store.remember(identity, 0, segmentOf(7));
    store.remember(identity, 0, segment);
    const remembered = store.memory(identity);
    await store.close();
    const notes = filesIn(join(at.root, 'rows'));
    for (const note of notes) DAMAGE['a flipped bit']?.(join(at.root, 'rows', note));
    const reader = openStore(at.root, { access: 'read' });
    expect(reader.memory(identity)).toEqual([remembered[1]]);
    await reader.close();
    for (const _ of ['found again', 'there again']) {
      const next = openStore(at.root);
      expect(next.memory(identity)).toEqual([remembered[1]]);
      await next.close();
    }
    expect(filesIn(join(at.root, 'rows'))).toEqual([notes[1]]);
  });

  test('an object is checked before its first use in a process, and again once the file is another', async () => {
    const store = openStore(at.root);
    const object = await store.putBytes(Buffer.from('good'));
    const file = join(at.root, 'objects', object.slice(0, 2), object);
    await store.getBytes(object);
    replace(file, Buffer.from('evil'));
    await expect(store.getBytes(object)).rejects.toBeInstanceOf(DamagedError);
    expect(await store.putBytes(Buffer.from('good'))).toBe(object);
    expect(await textIn(store, object)).toBe('good');
    (await store.lock('unused', never)).release();
    await store.close();
  });
});

/** Whoever follows it meets an error of the disk. */
const ELSEWHERE = '/proc/self/mem';

describe('a link in the place of a file', () => {
  const unreadable = (path: string) => {
    rmSync(path);
    symlinkSync(ELSEWHERE, path);
  };

  test('of an object, a record, a fact and a journal: said, not followed, and what it stands for is not there', async () => {
    const store = openStore(at.root);
    await fill(store);
    const [fingerprint = ''] = fingerprints;
    const { object, rows } = (store.entry(fingerprint)?.facts ?? {}) as { object: string; rows: string };
    for (const name of [object, rows]) unreadable(join(at.root, 'objects', name.slice(0, 2), name));
    await expect(store.getBytes(object)).rejects.toThrow(DamagedError);
    await expect(numbersIn(store, rows)).rejects.toThrow(DamagedError);
    expect(store.missing([object, rows])).toEqual([object, rows]);
    const small = ['records', 'facts', 'journals'].flatMap((room) =>
      readdirSync(join(at.root, room), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    for (const path of small) unreadable(path);
    expect([store.entry(fingerprint), store.fact(`fact of ${fingerprint}`)]).toEqual([undefined, undefined]);
    expect([...store.journals(identity, 0)].flatMap(({ frames }) => frames)).toEqual([]);
    expect(store.noticed().map(({ what }) => what)).toEqual(
      expect.arrayContaining([expect.stringMatching(/link .* its place/), expect.stringMatching(/link .* a record/)]),
    );
    await store.close();
  });

  test('written anew it is good again', async () => {
    const store = openStore(at.root);
    const bytes = Buffer.from('some bytes');
    const object = await store.putBytes(bytes);
    unreadable(join(at.root, 'objects', object.slice(0, 2), object));
    expect(await store.putBytes(bytes)).toBe(object);
    expect(Buffer.from(await store.getBytes(object))).toEqual(bytes);
    await store.close();
  });

  test('and to move: a note keeps later processes from it, until it is written anew', async () => {
    const [damage, path] = [new Damage(at.root, true), join(at.root, 'objects', 'aa', 'object.bin')];
    const store = openStore(at.root);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    chmodSync(dirname(path), 0o500);
    damage.setAside(path, 'the disk cannot read it');
    chmodSync(dirname(path), 0o700);
    const stuck = existsSync(path);
    expect([damage.isBad(path), new Damage(at.root, true).isBad(path)]).toEqual([stuck, stuck]);
    damage.mended(path);
    expect(new Damage(at.root, true).isBad(path)).toBe(false);
    await store.close();
  });
});
