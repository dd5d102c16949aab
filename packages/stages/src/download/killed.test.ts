import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { remove } from '../../../../jest/remove.js';
import { type HubServer, startHubServer } from '../models/testing/hub-server.js';
import { smallDisk } from '../testing/mount.js';
import { campaign, startFile } from '../testing/start.js';

const child = fileURLToPath(new URL('./testing/child.ts', import.meta.url));
const COMMIT = 'd'.repeat(40);

let hub: HubServer;
let folder = '';
const root = () => join(folder, 'store');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-download-'));
});
afterEach(async () => {
  await hub.close();
  remove(folder);
});

/** Bytes of downloads under way, as they lie on the disk. */
const onDisk = (): number => {
  const work = join(root(), 'work');
  if (!existsSync(work)) return 0;
  const names = readdirSync(work, { recursive: true }) as string[];
  return names
    .map((name) => statSync(join(work, name)))
    .reduce((sum, info) => sum + (info.isFile() ? info.size : 0), 0);
};

const complete = async (): Promise<number> => {
  if (!existsSync(root())) return 0;
  const store = openStore(root());
  const found = [...store.entries()].length;
  await store.close();
  return found;
};

describe('kill -9 of a download', () => {
  const kills = campaign(5);

  test('no byte that is on the disk is asked for twice, and nothing half-finished counts', async () => {
    const size = 100_000 * (kills + 3);
    const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31) % 253));
    hub = await startHubServer({ bytesPerMs: 500 });
    hub.put('org/big', { commit: COMMIT, files: { 'weights.bin': bytes } });
    const begins: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const taken = hub.taken().length;
      begins.push(onDisk());
      const { child: run, ended } = startFile(child, [root(), hub.endpoint, COMMIT]);
      while (hub.taken().length === taken && run.exitCode === null) await sleep(2);
      await sleep(20 + ((kill * 53) % 130));
      run.kill('SIGKILL');
      if ((await ended) === 0) break;
      if (onDisk() < size) expect(await complete()).toBe(0);
    }
    begins.push(onDisk());
    const last = startFile(child, [root(), hub.endpoint, COMMIT]);
    expect([await last.ended, last.output()]).toEqual([0, expect.stringMatching(/^(ran|reused)\n$/)]);
    expect(hub.taken().map(({ from }) => from)).toEqual(begins.filter((at) => at < size).slice(0, hub.taken().length));
    expect(readFileSync(join(`${root()}-at`, 'weights.bin')).equals(bytes)).toBe(true);
    expect(
      readdirSync(join(root(), 'work'), { recursive: true }).filter((name) =>
        statSync(join(root(), 'work', String(name))).isFile(),
      ),
    ).toEqual([]);
  });
});

describe('a full disk', () => {
  test('in the midst of a download is told, nothing of it counts, and with room it goes on', async () => {
    const bytes = Buffer.alloc(3 << 20, 'x');
    hub = await startHubServer();
    hub.put('org/big', { commit: COMMIT, files: { 'weights.bin': bytes } });
    const disk = smallDisk(join(folder, 'small'), 'size=2m');
    try {
      const at = disk ? join(disk.path, 'store') : root();
      const full = startFile(child, [at, hub.endpoint, COMMIT], disk ? undefined : "trap '' XFSZ; ulimit -f 2048");
      expect([await full.ended, full.output()]).toEqual([
        1,
        expect.stringMatching(/weights\.bin cannot be written after \d+ bytes: there is no room for it/),
      ]);
      disk?.remount('size=64m');
      const again = startFile(child, [at, hub.endpoint, COMMIT]);
      expect([await again.ended, again.output()]).toEqual([0, 'ran\n']);
      expect(hub.taken().at(-1)?.from).toBeGreaterThan(1 << 19);
    } finally {
      disk?.remove();
    }
  });
});
