import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore, temporaryStore } from '../src/index.js';
import { framesOf, openJournals } from '../src/journal.js';
import { Place } from '../src/place.js';
import { folders } from './process/start.js';

const at = folders();
const identity = 'ab'.repeat(16);
const TEXTS = ['first', 'second answer', 'MRJ1 in a text', 'x'.repeat(300)];

/** A closed journal of those texts, and where its file lies. */
const written = async (): Promise<{ file: string; bytes: Buffer }> => {
  const store = openStore(at.root);
  const journal = store.journal(identity, 0);
  for (const text of TEXTS) journal.append(Buffer.from(text));
  await store.close();
  const folder = join(at.root, 'journals', 'ab', identity);
  const file = join(folder, readdirSync(folder)[0] as string);
  return { file, bytes: readFileSync(file) };
};

const textsOf = (bytes: Buffer) => framesOf(bytes).frames.map((frame) => Buffer.from(frame).toString());

describe('a journal', () => {
  test('says when an answer survives a loss of power, where that was asked for, and is in no hurry else', async () => {
    const safe = openStore(at.root, { durability: 'each' });
    const journal = safe.journal(identity, 0);
    const waits = TEXTS.map((text) => journal.append(Buffer.from(text)));
    expect(waits).toEqual(TEXTS.map(() => expect.any(Promise)));
    await Promise.all(waits);
    const late = journal.append(Buffer.from('late'));
    await safe.close();
    await late;
    expect([...openStore(at.root, { access: 'read' }).journals(identity, 0)][0]?.frames).toHaveLength(5);
    for (const store of [openStore(at.root), temporaryStore()]) {
      expect(store.journal(identity, 0).append(Buffer.from('text'))).toBe(undefined);
      await store.close();
    }
  });

  test('cut at any byte gives its whole frames, and a torn tail is no damage', async () => {
    const { bytes } = await written();
    const ends = TEXTS.map((_, i) => TEXTS.slice(0, i + 1).reduce((end, text) => end + 12 + text.length, 0));
    for (let size = 0; size <= bytes.length; size++) {
      const cut = bytes.subarray(0, size);
      expect(textsOf(cut)).toEqual(TEXTS.slice(0, ends.filter((each) => each <= size).length));
      expect(framesOf(cut)).toMatchObject({ broken: 0, ended: size === bytes.length });
    }
  });

  test('a flipped bit anywhere costs one answer at most, and is noticed unless it looks like a torn tail', async () => {
    const { bytes } = await written();
    const lastStart = bytes.length - 12;
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] as number) ^ (1 << (i % 8));
      const texts = textsOf(flipped);
      expect(TEXTS.filter((text) => !texts.includes(text)).length).toBeLessThanOrEqual(1);
      expect(texts.every((text) => TEXTS.includes(text))).toBe(true);
      if (i < lastStart) expect(framesOf(flipped).broken).toBe(1);
    }
  });

  test('that is broken in the middle is told once, keeps the rest, and stays until its rows stand elsewhere', async () => {
    const { file, bytes } = await written();
    bytes[20] = (bytes[20] as number) ^ 1;
    writeFileSync(file, bytes);
    const store = openStore(at.root);
    const [journal] = [...store.journals(identity, 0)];
    expect(journal?.frames).toHaveLength(3);
    expect(store.noticed()).toHaveLength(1);
    store.dropJournal(journal?.id ?? '');
    expect([...store.journals(identity, 0)]).toEqual([]);
    await store.close();
  });

  test('that grows large goes on in further parts, read one after the other and dropped as one', async () => {
    const store = openStore(at.root);
    const place = new Place(at.root, { access: 'write', durable: true, durability: 'second', patience: 1000 });
    const { journals } = openJournals(place, 1000);
    const journal = journals.journal(identity, 0);
    const other = journals.journal(identity, 0);
    other.append(Buffer.from('other'));
    for (let i = 0; i < 50; i++) journal.append(Buffer.from(`${i} `.repeat(30)));
    const read = () => [...store.journals(identity, 0)].filter(({ id }) => id === journal.id);
    expect(read().length).toBeGreaterThan(3);
    expect(read().every(({ abandoned }) => !abandoned)).toBe(true);
    journal.close();
    expect(read().every(({ abandoned }) => abandoned)).toBe(true);
    const numbers = read().flatMap(({ frames }) =>
      frames.map((frame) => Number.parseInt(Buffer.from(frame).toString(), 10)),
    );
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i));
    store.dropJournal(journal.id);
    expect([...store.journals(identity, 0)].map(({ id }) => id)).toEqual([other.id]);
    other.close();
    place.close();
    await store.close();
  });

  test('an appended frame is one write', async () => {
    const store = openStore(at.root);
    const journal = store.journal(identity, 0);
    journal.append(Buffer.alloc(1 << 20, 7));
    expect([...store.journals(identity, 0)][0]?.frames[0]?.length).toBe(1 << 20);
    expect(() => journal.append(new Uint8Array(0))).toThrow('BUG');
    journal.close();
    expect(() => journal.append(Buffer.from('late'))).toThrow('BUG');
    await store.close();
  });
});
