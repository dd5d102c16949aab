import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '../src/index.js';
import { kernelSays, nameOf, whoAmI, whoIs } from '../src/process.js';
import { sign } from '../src/signed.js';
import { folders, letGo, linesOf, start, until } from './process/start.js';

const at = folders();
const me = whoAmI();
const ENOUGH = 60;
const never = new AbortController().signal;

/** A lock that someone of that name holds, who has a file that says it is here. */
const heldBy = async (holder: string): Promise<{ beat(text: string): void }> => {
  await openStore(at.root).close();
  const folder = join(at.root, 'locks', 'stage'.slice(0, 2), 'stage');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(at.root, 'alive'), { recursive: true });
  writeFileSync(join(folder, '000000000001.json'), sign({ holder, at: '' }));
  const beat = (text: string) => writeFileSync(join(at.root, 'alive', holder), text);
  beat('');
  return { beat };
};

const taken = async (timeout: number): Promise<boolean> => {
  const store = openStore(at.root, { patienceMs: ENOUGH });
  try {
    const lock = await store.lock('stage', AbortSignal.timeout(timeout));
    lock.release();
    return true;
  } catch {
    return false;
  } finally {
    await store.close();
  }
};

describe('who holds a lock', () => {
  test('has a name that tells which process of which start of which machine', () => {
    expect(whoIs(`${nameOf(me)}.0badcafe`)).toEqual(me);
    expect(kernelSays(me)).toBe('alive');
  });

  test('is dead when the process number was given to another since', () => {
    expect(kernelSays({ ...me, start: `${Number(me.start) + 1}` })).toBe('dead');
    expect(kernelSays({ ...me, pid: 2 ** 22 + 5 })).toBe('dead');
  });

  test('is not asked of our kernel when it runs elsewhere, even under the same number', () => {
    expect(kernelSays({ ...me, host: 'another' })).toBe('unknown');
    expect(kernelSays({ ...me, boot: '00000000' })).toBe('unknown');
  });

  test('on another machine is dead once we saw its beat stand still', async () => {
    (await heldBy(`far.00000000.${me.pid}.1.0badcafe`)).beat('7');
    expect(await taken(60_000)).toBe(true);
  });

  test('on another machine is alive as long as it beats', async () => {
    const { beat } = await heldBy('far.00000000.17.1.0badcafe');
    let beats = 0;
    const timer = setInterval(() => beat(String(++beats)), 10);
    expect(await taken(400)).toBe(false);
    clearInterval(timer);
    expect(await taken(60_000)).toBe(true);
  });

  test.each([-3, 3])(
    'on another machine is alive for a command that ends at once, were its files %i days old',
    async (days) => {
      const holder = 'far.00000000.17.1.0badcafe';
      const { beat } = await heldBy(holder);
      beat('7');
      const draft = join(at.root, 'tmp', holder, '1');
      mkdirSync(join(at.root, 'tmp', holder), { recursive: true });
      writeFileSync(draft, 'half');
      const then = new Date(Date.now() + days * 24 * 3_600_000);
      for (const file of [draft, join(at.root, 'alive', holder)]) utimesSync(file, then, then);
      for (let i = 0; i < 2; i++) {
        const store = openStore(at.root);
        store.gc({ maxAgeMs: 0, graceMs: 0 });
        await store.close();
      }
      expect(existsSync(draft)).toBe(true);
      expect(existsSync(join(at.root, 'alive', holder))).toBe(true);
    },
  );

  test('on another machine, and dead, leaves nothing once a store was open for long enough to see it', async () => {
    const dead = 'far.00000000.17.1.0badcafe';
    const live = 'far.00000000.18.1.0badcafe';
    const { beat } = await heldBy(live);
    let beats = 0;
    const timer = setInterval(() => beat(String(++beats)), 10);
    for (const name of [dead, live]) mkdirSync(join(at.root, 'tmp', name), { recursive: true });
    writeFileSync(join(at.root, 'alive', dead), '7');
    const store = openStore(at.root, { patienceMs: ENOUGH });
    await until(() => !existsSync(join(at.root, 'alive', dead)) && !existsSync(join(at.root, 'tmp', dead)));
    expect(existsSync(join(at.root, 'tmp', live))).toBe(true);
    clearInterval(timer);
    await store.close();
  });

  test('may be broken on the disk: then the same patience', async () => {
    await heldBy('anyone');
    writeFileSync(join(at.root, 'locks', 'st', 'stage', '000000000001.json'), 'what?');
    expect(await taken(60_000)).toBe(true);
  });

  test('loses it when it was taken for dead, and knows', async () => {
    const store = openStore(at.root);
    const lock = await store.lock('stage', never);
    expect(lock.held()).toBe(true);
    const [folder] = [join(at.root, 'locks', 'st', 'stage')];
    writeFileSync(join(folder, '000000000002.json'), sign({ holder: 'a thief', at: '' }));
    expect(lock.held()).toBe(false);
    lock.release();
    await store.close();
  });

  test('beats from a thread of its own while its event loop stands still', async () => {
    const { ended } = start('busy', at.root, at.side);
    await until(() => linesOf(at.side).length > 0);
    const { readdirSync, readFileSync } = await import('node:fs');
    const [name = ''] = readdirSync(join(at.root, 'alive'));
    const beats = new Set<string>();
    const timer = setInterval(() => beats.add(readFileSync(join(at.root, 'alive', name), 'utf8')), 50);
    await until(() => beats.size > 20);
    clearInterval(timer);
    letGo(at.side);
    await until(() => linesOf(at.side).length > 1);
    expect(linesOf(at.side).at(-1)).toBe('still true');
    expect(await ended).toBe(0);
  });
});
