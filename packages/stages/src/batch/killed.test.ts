import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { type BatchServer, startBatchServer } from '../models/testing/batch-server.js';
import { campaign, startFile } from '../testing/start.js';

const child = fileURLToPath(new URL('./testing/child.ts', import.meta.url));

let server: BatchServer;
let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-batch-'));
  server = await startBatchServer();
});
afterEach(async () => {
  await server.close();
  remove(folder);
});

describe('kill -9 of a run that waits for a batch', () => {
  test('no request is submitted twice, however often and whenever it is killed, and also not by an edit in between', async () => {
    const kills = campaign(6);
    server.behave({ looks: 1_000_000, hidden: 1 });
    for (let kill = 0; kill < kills; kill++) {
      const before = server.seen.length;
      const { child: run, ended, output } = startFile(child, [folder, server.baseURL, kill % 3]);
      while (server.seen.length < before + (kill % 7) && run.exitCode === null) await sleep(1);
      await sleep((kill * 29) % 60);
      run.kill('SIGKILL');
      expect([await ended, output()]).toEqual(['SIGKILL', '']);
    }
    server.behave({ looks: 0 });
    const last = startFile(child, [folder, server.baseURL, 1]);
    expect(await last.ended).toBe(0);
    expect(JSON.parse(last.output())).toEqual(Array.from({ length: 60 }, (_, i) => String(i + 2)));
    expect(Math.max(...server.times().values())).toBe(1);
    expect(server.times().size).toBeLessThanOrEqual(62);
  });
});

describe('two processes that want the same rows at once', () => {
  test('share their batches: nothing is submitted twice, and both get every answer', async () => {
    server.behave({ looks: 20, hidden: 2 });
    const both = [0, 1].map(() => startFile(child, [folder, server.baseURL, 0]));
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    for (const { output } of both)
      expect(JSON.parse(output())).toEqual(Array.from({ length: 60 }, (_, i) => String(i + 1)));
    expect(server.batches.map(({ ids }) => ids.length)).toEqual([20, 20, 20]);
    expect(Math.max(...server.times().values())).toBe(1);
  });

  test('also where they want different rows of one stage, some of them the same', async () => {
    server.behave({ looks: 20 });
    const both = [0, 30].map((first) => startFile(child, [folder, server.baseURL, first]));
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(Math.max(...server.times().values())).toBe(1);
    expect(server.times().size).toBe(90);
  });
});
