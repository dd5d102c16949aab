import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { isPrivate, privateFolder, privateKey, sealedFacts } from '@millrace/core/private';
import { remove } from '../../../../jest/remove.js';
import { memoryStore } from '../../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'millrace-private-'));
afterAll(() => remove(root));

let made = 0;
const fresh = (mode = 0o700): string => {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
};
const isRoot = process.geteuid?.() === 0;

describe('a private folder', () => {
  test('is made so that nobody else can read or write it, with all above that was missing', () => {
    const folder = join(fresh(), 'cache/own');
    expect(privateFolder(folder)).toBe(folder);
    expect([lstatSync(folder).mode & 0o777, lstatSync(join(folder, '..')).mode & 0o777]).toEqual([0o700, 0o700]);
  });

  test.each(['720', '702', '777', '770'])('with mode %s is none, whatever lies in it', (mode) => {
    const folder = fresh(Number.parseInt(mode, 8));
    writeFileSync(join(folder, 'code'), '', { mode: 0o600 });
    expect([privateFolder(folder), isPrivate(join(folder, 'code'))]).toEqual([undefined, false]);
  });

  test('below a folder that others can write is none, and nothing is made there', () => {
    const shared = fresh(0o777);
    expect([privateFolder(join(shared, 'own')), existsSync(join(shared, 'own'))]).toEqual([undefined, false]);
    mkdirSync(join(shared, 'mine'), { mode: 0o700 });
    expect(privateFolder(join(shared, 'mine'))).toBeUndefined();
  });

  test('below a folder such as /tmp, where each removes only their own, is one', () => {
    const folder = join(fresh(0o1777), 'own');
    expect(privateFolder(folder)).toBe(folder);
    expect(isPrivate(join(folder, '..'))).toBe(false);
  });

  test('a link counts by what it leads to, and by who can put another one there', () => {
    const [home, elsewhere, shared] = [fresh(), fresh(), fresh(0o777)];
    symlinkSync(elsewhere, join(home, 'good'));
    expect(privateFolder(join(home, 'good'))).toBe(join(home, 'good'));
    symlinkSync(shared, join(home, 'bad'));
    symlinkSync(elsewhere, join(shared, 'link'));
    symlinkSync(join(shared, 'link'), join(home, 'by-a-bad-way'));
    const none = [join(home, 'bad'), join(home, 'bad/own'), join(shared, 'link'), join(home, 'by-a-bad-way')];
    expect(none.map(privateFolder)).toEqual(none.map(() => undefined));
  });

  test('links in a circle, and what is no folder, are none', () => {
    const home = fresh();
    symlinkSync(join(home, 'b'), join(home, 'a'));
    symlinkSync(join(home, 'a'), join(home, 'b'));
    writeFileSync(join(home, 'file'), '');
    expect([privateFolder(join(home, 'a')), privateFolder(join(home, 'file/own'))]).toEqual([undefined, undefined]);
  });

  (isRoot ? test : test.skip)('of another user is none', () => {
    const folder = fresh();
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    chownSync(inner, 12_345, 12_345);
    expect([isPrivate(inner), privateFolder(join(inner, 'own'))]).toEqual([false, undefined]);
  });
});

describe('the key of a user', () => {
  test('is made once, and only this user can read it', () => {
    const folder = fresh();
    const key = privateKey(folder);
    expect([key?.length, lstatSync(join(folder, 'key')).mode & 0o777]).toEqual([32, 0o600]);
    expect(privateKey(folder)).toEqual(key);
    expect(privateKey(fresh())).not.toEqual(key);
  });

  test('that others could read, that is a link or has another length is replaced', () => {
    const folder = fresh();
    const file = join(folder, 'key');
    const key = Buffer.from(privateKey(folder) as Uint8Array);
    chmodSync(file, 0o644);
    const second = Buffer.from(privateKey(folder) as Uint8Array);
    writeFileSync(file, 'short');
    const third = Buffer.from(privateKey(folder) as Uint8Array);
    renameSync(file, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), file);
    const fourth = Buffer.from(privateKey(folder) as Uint8Array);
    const all = [key, second, third, fourth].map((each) => each.toString('hex'));
    expect(new Set(all).size).toBe(4);
    expect(readFileSync(join(folder, 'elsewhere')).toString('hex')).toBe(third.toString('hex'));
  });

  test('is nowhere where others can write', () => {
    const folder = fresh(0o777);
    expect([privateKey(folder), existsSync(join(folder, 'key'))]).toEqual([undefined, false]);
  });
});

describe('sealed facts', () => {
  const key = privateKey(fresh());
  const other = privateKey(fresh());

  const namesIn = (store: ReturnType<typeof memoryStore>) => {
    const names: string[] = [];
    const noted = {
      ...store,
      putFact: (name: string, value: unknown) => {
        names.push(name);
        store.putFact(name, value);
      },
    };
    return { names, noted };
  };

  test('give what this user noted', () => {
    const facts = sealedFacts(memoryStore(), key);
    facts.putFact('parsed:1', { value: { b: 1, a: [null, 'ä', 2.5] } });
    expect([facts.fact('parsed:1'), facts.fact('parsed:2')]).toEqual([
      { value: { b: 1, a: [null, 'ä', 2.5] } },
      undefined,
    ]);
  });

  test('believe nothing that was made without the key, by whatever name', () => {
    const { names, noted } = namesIn(memoryStore());
    const facts = sealedFacts(noted, key);
    facts.putFact('a', 'A');
    facts.putFact('b', 'B');
    const [a = '', b = ''] = names;
    const sealed = noted.fact(a) as { text: string; seal: string };
    noted.putFact('a', 'forged');
    const forged = [
      noted.fact(b),
      { ...sealed, text: '"forged"' },
      { ...sealed, seal: undefined },
      { value: 'forged' },
      { text: 7, seal: 7 },
      'forged',
      null,
    ];
    const seen = forged.map((value) => {
      noted.putFact(a, value);
      return facts.fact('a');
    });
    expect(seen).toEqual(forged.map(() => undefined));
    noted.putFact(a, sealed);
    expect(facts.fact('a')).toBe('A');
  });

  test('of two users stand beside each other', () => {
    const store = memoryStore();
    const [one, two] = [sealedFacts(store, key), sealedFacts(store, other)];
    one.putFact('a', 1);
    expect(two.fact('a')).toBeUndefined();
    two.putFact('a', 2);
    expect([one.fact('a'), two.fact('a')]).toEqual([1, 2]);
  });

  test('without a key note nothing', () => {
    const { names, noted } = namesIn(memoryStore());
    const facts = sealedFacts(noted, undefined);
    facts.putFact('a', 1);
    expect([facts.fact('a'), names]).toEqual([undefined, []]);
  });
});
