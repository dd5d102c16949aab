import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { memoryStore, secret } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { serve, type TestServer } from '../testing/server.js';
import { download } from './download.js';

let root: string;
const servers: TestServer[] = [];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-addresses-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => remove(root));

const start = async (...given: Parameters<typeof serve>): Promise<TestServer> => {
  const server = await serve(...given);
  servers.push(server);
  return server;
};

const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name)).toString('latin1')}`)
    .join('\n');

const answering = (body: string) => start((_, response) => response.writeHead(200, { etag: '"1"' }).end(body));
const quick = { retries: 0, stallMs: 2000 };
const failure = (outputs: object) => runOn(memoryStore(), outputs as never).then(() => 'nothing failed', String);

describe('an address with a signature', () => {
  test('is asked whole and kept nowhere; another signature is the same file', async () => {
    const place = join(root, 'signed');
    const server = await answering('content');
    const of = (signature: string) => ({
      f: download.files([`${server.at}/w.bin?v=1&X-Amz-Signature=${signature}&X-Amz-Date=20260101T000000Z`], {}, quick),
    });
    const store = openStore(place);
    expect((await runOn(store, of('CANARYone'))).did).toEqual({ f: 'ran' });
    expect((await runOn(store, of('CANARYtwo'))).did).toEqual({ f: 'reused' });
    await store.close();
    expect(server.heard.every(({ url }) => /v=1&X-Amz-Signature=CANARY(one|two)&/.test(url))).toBe(true);
    expect(bytesIn(place)).not.toContain('CANARY');
  });

  test('is in no failure', async () => {
    const server = await start((_, response) => response.writeHead(403, 'no CANARYsignature').end());
    const said = await failure({ f: download.files([`${server.at}/w.bin?sig=CANARYsignature&se=1`], {}, quick) });
    expect(said).toContain(`${server.at}/w.bin`);
    expect(said).not.toContain('CANARY');
  });
});

describe('a server that leads elsewhere', () => {
  test('does not take the token there', async () => {
    const other = await answering('content');
    const server = await start(({ url }, response) => response.writeHead(302, { location: other.at + url }).end());
    const token = secret.value('CANARYtoken', 'TOKEN');
    await runOn(memoryStore(), { f: download.files([`${server.at}/w.bin`], {}, { ...quick, token }) });
    expect(server.heard.at(-1)?.headers.authorization).toBe('Bearer CANARYtoken');
    expect([other.heard.length > 0, JSON.stringify(other.heard)]).toEqual([
      true,
      expect.not.stringContaining('CANARY'),
    ]);
  });

  test('in a circle ends, and says so', async () => {
    const server = await start(({ url }, response) => response.writeHead(302, { location: url }).end());
    expect(await failure({ f: download.files([`${server.at}/w.bin`], {}, quick) })).toMatch(/after 10 redirects/);
  });
});

describe('a part where all was asked for', () => {
  test('is no answer, though nothing says how long the whole is', async () => {
    const server = await start((_, response) => response.writeHead(206, { etag: '"1"' }).end('half'));
    expect(await failure({ f: download.files([`${server.at}/w.bin`], {}, quick) })).toMatch(/answered 206/);
  });

  test('that ends before the end is no rest of a file', async () => {
    const whole = 'first half, second half';
    const server = await start(({ method, headers }, response) => {
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
      if (method === 'HEAD') return void response.writeHead(200, { etag: '"1"', 'content-length': whole.length }).end();
      if (from === 0) {
        response.writeHead(200, { etag: '"1"', 'content-length': whole.length });
        return void response.write(whole.slice(0, 11));
      }
      const range = `bytes ${from}-${from + 3}/${whole.length}`;
      response.writeHead(206, { etag: '"1"', 'content-range': range }).end(whole.slice(from, from + 4));
    });
    const f = download.files([`${server.at}/w.bin`], {}, { retries: 1, stallMs: 300 });
    expect(await failure({ f })).toMatch(/asked for all bytes from \d+ on and sent those up to \d+ of 23/);
  });
});

test('what a server calls a version is not kept where it repeats a secret', async () => {
  const place = join(root, 'repeated');
  const server = await start(({ headers: { authorization } }, response) =>
    response
      .writeHead(200, authorization ? { etag: `"${authorization}"`, 'last-modified': authorization } : {})
      .end('it'),
  );
  const token = secret.value('CANARY-of-a-version', 'TOKEN');
  const store = openStore(place);
  expect((await runOn(store, { f: download.files([`${server.at}/w.bin`], {}, { ...quick, token }) })).did.f).toBe(
    'ran',
  );
  await store.close();
  expect(bytesIn(place)).not.toContain('CANARY');
});

test('a body without a size and without an end is given up at its bound', async () => {
  const piece = Buffer.alloc(1 << 16);
  const server = await start(({ method }, response) => {
    if (method === 'HEAD') return void response.end();
    const more = () => {
      while (!response.destroyed) if (!response.write(piece)) return void response.once('drain', more);
    };
    more();
  });
  const f = download.files([`${server.at}/w.bin`], {}, { ...quick, maxBytes: 2 << 20 });
  expect(await failure({ f })).toMatch(/does not end after 2 MiB.*maxBytes/);
});

test('a server that asks to be left alone for days is not asked again, and the run says until when', async () => {
  const server = await start((_, response) => response.writeHead(503, { 'retry-after': '2592000' }).end());
  const f = download.files([`${server.at}/w.bin`], {}, { ...quick, retries: 9 });
  expect(await failure({ f })).toMatch(/asks to wait until \d{4}-/);
  expect(server.heard).toHaveLength(1);
});
