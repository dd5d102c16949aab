import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DamagedError } from '@millrace/core';
import { entryOf } from '../../../test/contract/samples.js';
import { openStore, StoreError, temporaryStore } from '../src/index.js';
import { sign } from '../src/signed.js';
import { folders, linesOf, start, startAlone, startIn } from './process/start.js';

const mounted: string[] = [];
// Before the hook that removes the folder.
afterEach(() => {
  for (const path of mounted.splice(0)) execFileSync('umount', [path]);
});

const at = folders();
const fingerprint = 'ab'.repeat(16);
const other = 'cd'.repeat(16);
const never = new AbortController().signal;

/** Only root can mount; elsewhere these are told apart as skipped. */
const mount = (...options: readonly string[]): boolean => {
  try {
    mkdirSync(at.root, { recursive: true });
    execFileSync('mount', [...options, at.root], { stdio: 'ignore' });
    mounted.push(at.root);
    return true;
  } catch {
    console.warn('skipped: this user cannot mount a file system');
    return false;
  }
};

const thrown = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

/** A store with one entry, closed. */
const made = async (): Promise<{ object: string }> => {
  const store = openStore(at.root);
  const object = await store.putBytes(Buffer.from('below'));
  store.commit(entryOf(fingerprint, { label: 'below' }), { cutoff: fingerprint });
  store.putFact('fact', 'below');
  store.closeRedraw(fingerprint, store.openRedraw(fingerprint));
  await store.close();
  return { object };
};

const filesIn = () => (readdirSync(at.root, { recursive: true }) as string[]).sort();

describe('a store that can be read but not written', () => {
  const check = async (object: string, open: () => ReturnType<typeof openStore>): Promise<void> => {
    const before = filesIn();
    const store = open();
    expect(store.writable).toBe(false);
    expect(store.entry(fingerprint)?.label).toBe('below');
    expect(store.cutoff(fingerprint)?.label).toBe('below');
    expect(Buffer.from(await store.getBytes(object)).toString()).toBe('below');
    expect(store.fact('fact')).toBe('below');
    const lock = await store.lock('stage', never);
    const above = await store.putBytes(Buffer.from('above'));
    const stored = store.commit(entryOf(fingerprint, { label: 'above' }), { cutoff: fingerprint });
    expect(store.entry(fingerprint)).toEqual(stored);
    expect([...store.entries()].map(({ label }) => label)).toEqual(['above']);
    expect(store.missing([object, above])).toEqual([]);
    expect(store.openRedraw(fingerprint)).toBe(2);
    expect(lock.held()).toBe(true);
    lock.release();
    store.forget(fingerprint);
    expect(store.entry(fingerprint)).toBeUndefined();
    expect(store.cutoff(fingerprint)).toBeUndefined();
    await store.close();
    expect(filesIn()).toEqual(before);
    expect(open().entry(fingerprint)?.label).toBe('below');
  };

  test('because it was opened so: gives hits, and takes new results for this process only', async () => {
    const { object } = await made();
    await check(object, () => openStore(at.root, { access: 'read' }));
  });

  test('because its file system is read-only: the same', async () => {
    if (!mount('-t', 'tmpfs', 'tmpfs')) return;
    const { object } = await made();
    execFileSync('mount', ['-o', 'remount,ro', at.root]);
    await check(object, () => openStore(at.root));
  });

  test('notices damage there and does not believe it', async () => {
    const { object } = await made();
    const file = join(at.root, 'objects', object.slice(0, 2), object);
    rmSync(file);
    writeFileSync(file, 'BELOW');
    const store = openStore(at.root, { access: 'read' });
    await expect(store.getBytes(object)).rejects.toBeInstanceOf(DamagedError);
    expect(store.missing([object])).toEqual([object]);
    expect(store.noticed()).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toBe('BELOW');
    expect(await store.putBytes(Buffer.from('below'))).toBe(object);
    expect(store.missing([object])).toEqual([]);
    await store.close();
  });

  test('is not made where there is none', () => {
    expect(thrown(() => openStore(at.root, { access: 'read' }))).toBeInstanceOf(StoreError);
    expect(existsSync(at.root)).toBe(false);
  });
});

describe('a store that fails', () => {
  test('says what, where, why and what now when the disk is full, and nothing half-written counts', async () => {
    if (!mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs')) return;
    const filling = start('fill', at.root, at.side, 300_000);
    expect(await filling.ended).toBe(0);
    expect(filling.output()).toContain('StoreError: A file cannot be written');
    expect(filling.output()).toContain('The disk is full. Free some space');
    const store = openStore(at.root);
    expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
    expect([...store.entries()].length).toBeGreaterThan(2);
    expect(store.gc({ graceMs: 0, maxBytes: 700_000 }).objects.length).toBeGreaterThan(2);
    store.commit(entryOf(other), {});
    expect(store.entry(other)).toBeDefined();
    await store.close();
  });

  test('keeps the journal whole when the disk is full, and a lock can be given back', async () => {
    if (!mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')) return;
    const store = openStore(at.root);
    const lock = await store.lock('stage', never);
    const journal = store.journal(fingerprint, 0);
    let written = 0;
    const error = thrown(() => {
      for (;;) {
        journal.append(Buffer.alloc(100_000, 1));
        written++;
      }
    });
    expect(error).toBeInstanceOf(StoreError);
    expect([...store.journals(fingerprint, 0)][0]?.frames).toHaveLength(written);
    lock.release();
    expect(store.noticed()).toEqual([]);
    await store.close().catch(() => {});
    const next = openStore(join(at.root, '..', 'elsewhere'));
    await next.close();
  });

  test('says so when files may not be as large', async () => {
    const filling = startIn('ulimit -f 100', 'fill', at.root, at.side, 300_000);
    expect(await filling.ended).toBe(0);
    expect(filling.output()).toContain('A file would be larger than this system allows.');
    const store = openStore(at.root);
    expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
    await store.close();
  });

  test('is not made anew by the way when its folder vanished', async () => {
    const store = openStore(at.root);
    rmSync(at.root, { recursive: true });
    expect(thrown(() => store.commit(entryOf(fingerprint), {}))).toBeInstanceOf(StoreError);
    await expect(store.putBytes(Buffer.from('x'))).rejects.toBeInstanceOf(StoreError);
    expect(thrown(() => store.journal(fingerprint, 0))).toBeInstanceOf(StoreError);
    expect(thrown(() => store.openRedraw(fingerprint))).toBeInstanceOf(StoreError);
    expect(existsSync(at.root)).toBe(false);
    expect(store.entry(fingerprint)).toBeUndefined();
    await store.close();
  });

  test('with `warn` goes on with a temporary store, says so once, and loses nothing of this run', async () => {
    const store = openStore(at.root, { onFailure: 'warn' });
    const below = await store.putBytes(Buffer.from('below'));
    store.commit(entryOf(fingerprint), {});
    const journal = store.journal(fingerprint, 0);
    journal.append(Buffer.from('below'));
    renameSync(join(at.root, 'tmp'), join(at.root, 'tmp-was'));
    writeFileSync(join(at.root, 'tmp'), 'in the way');
    expect(store.writable).toBe(true);
    const above = await store.putBytes(Buffer.from('above'));
    expect(store.writable).toBe(false);
    store.commit(entryOf(other), {});
    expect(store.missing([below, above])).toEqual([]);
    expect([...store.entries()].map((entry) => entry.fingerprint)).toEqual([other, fingerprint]);
    journal.append(Buffer.from('above'));
    expect(
      [...store.journals(fingerprint, 0)].flatMap(({ frames }) => frames.map((f) => Buffer.from(f).toString())).sort(),
    ).toEqual(['above', 'below']);
    expect(store.noticed().map(({ object }) => object)).toEqual([at.root]);
    expect(store.noticed()).toEqual([]);
    journal.close();
    await store.close();
  });

  test('with `warn` opens a temporary one when it cannot be opened', async () => {
    writeFileSync(at.root, 'a file');
    expect(thrown(() => openStore(at.root))).toBeInstanceOf(StoreError);
    const store = openStore(at.root, { onFailure: 'warn' });
    store.commit(entryOf(fingerprint), {});
    expect(store.entry(fingerprint)).toBeDefined();
    expect(store.noticed()[0]?.what).toContain('results are kept for this run only');
    await store.close();
    expect(readFileSync(at.root, 'utf8')).toBe('a file');
  });
});

test('opening and looking up load no Arrow and no Parquet: it works where they cannot be found', async () => {
  const alone = startAlone(`${at.root}-alone`, 'look', at.root, at.side);
  expect([await alone.ended, alone.output()]).toEqual([0, '']);
  expect(linesOf(at.side)).toEqual(['found', 'ERR_MODULE_NOT_FOUND']);
  expect(await start('look', at.root, at.side).ended).toBe(0);
  expect(linesOf(at.side).at(-1)).toBe('rows');
});

describe('a folder', () => {
  test('with other things in it is refused', () => {
    mkdirSync(at.root);
    writeFileSync(join(at.root, 'thesis.docx'), 'ten years of work');
    expect(String(thrown(() => openStore(at.root)))).toContain('It holds other things (thesis.docx).');
    expect(readdirSync(at.root)).toEqual(['thesis.docx']);
  });

  test('of a newer version is refused with a sentence and left alone', async () => {
    await made();
    writeFileSync(join(at.root, 'format'), sign({ format: 99 }));
    const before = filesIn();
    for (const access of ['write', 'read'] as const)
      expect(String(thrown(() => openStore(at.root, { access })))).toContain('written by a newer Millrace');
    expect(filesIn()).toEqual(before);
  });

  test('says what lies where, is ignored by git, and is made by many at once', async () => {
    const all = Array.from({ length: 6 }, () => start('same', at.root, at.side, 3));
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual(all.map(() => 0));
    expect(readFileSync(join(at.root, '.gitignore'), 'utf8')).toBe('*\n');
    const readme = readFileSync(join(at.root, 'README.txt'), 'utf8');
    for (const name of readdirSync(at.root, { withFileTypes: true }))
      if (name.isDirectory()) expect(readme).toContain(`\n${name.name}/`);
    const store = temporaryStore();
    expect(store.where).not.toBe(at.root);
    await store.close();
  });
});
