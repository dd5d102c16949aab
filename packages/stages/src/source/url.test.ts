import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { nameOf, whoAmI } from '@millrace/arrow-store/process';
import { memoryStore, type RunEvent, secret } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { serve, type TestServer } from '../testing/server.js';
import { sweepParts } from './disk.js';
import { source } from './source.js';

let root: string;
const servers: TestServer[] = [];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-url-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => remove(root));

let folders = 0;
const fresh = (): string => join(root, String(folders++));

const start = async (...given: Parameters<typeof serve>): Promise<TestServer> => {
  const server = await serve(...given);
  servers.push(server);
  return server;
};

/** Answers with a body and its ETag, and 304 to whoever knows it. */
const tagged = (body: () => string) =>
  start(({ headers }, response) => {
    const etag = '"one"';
    response.writeHead(headers['if-none-match'] === etag ? 304 : 200, { etag });
    response.end(headers['if-none-match'] === etag ? undefined : body());
  });

const notices = (events: readonly RunEvent[]): string =>
  events.flatMap((event) => (event.is === 'notice' ? [event.text] : [])).join('\n');

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const bytesIn = (folder: string): string =>
  filesIn(folder)
    .map((file) => `${file}\n${readFileSync(file).toString('latin1')}`)
    .join('\n');

describe('what is kept of an address is looked at before it is used', () => {
  const DAMAGE: Readonly<Record<string, (folder: string) => void>> = {
    'a flipped byte of the content': (folder) =>
      edit(folder, /^[0-9a-f]{32}$/, (text) => text.replace('apples', 'epples')),
    'content that is cut': (folder) => edit(folder, /^[0-9a-f]{32}$/, (text) => text.slice(0, -4)),
    'no content': (folder) => rmSync(named(folder, /^[0-9a-f]{32}$/)),
    'a torn note': (folder) => edit(folder, /\.json$/, (text) => text.slice(0, text.length / 2)),
    'an empty note': (folder) => edit(folder, /\.json$/, () => ''),
    'a note of another digest': (folder) => {
      const digest = named(folder, /^[0-9a-f]{32}$/).slice(-32);
      writeFileSync(join(folder, '0'.repeat(32)), '{"a":"epples"}\n');
      edit(folder, /\.json$/, (text) => text.replace(digest, '0'.repeat(32)));
    },
    'a note that leads elsewhere': (folder) =>
      edit(folder, /\.json$/, (text) => text.replace(/[0-9a-f]{32}/, '../../../../../etc/passwd')),
  };

  const named = (folder: string, name: RegExp): string =>
    join(folder, readdirSync(folder).find((each) => name.test(each)) as string);
  const edit = (folder: string, name: RegExp, by: (text: string) => string): void => {
    const path = named(folder, name);
    writeFileSync(path, by(readFileSync(path, 'utf8')));
  };

  test.each(Object.entries(DAMAGE))('%s: it is read whole again, and said', async (_, damage) => {
    const keep = fresh();
    const server = await tagged(() => '{"a":"apples"}\n');
    const table = () => ({ t: source.url(`${server.at}/d.jsonl`, {}, { keep }) });
    const first = await runOn(memoryStore(), table());
    damage(keep);
    const again = await runOn(memoryStore(), table());
    expect(await again.out.t.all()).toEqual(await first.out.t.all());
    expect(server.heard.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined]);
    expect(notices(again.events)).toMatch(/was read whole: .* is not used/);
    const quiet = await runOn(memoryStore(), table());
    expect([await quiet.out.t.all(), notices(quiet.events)]).toEqual([[{ a: 'apples' }], '']);
  });

  test('without a server, what is damaged is not used: not offline, and not where nobody answers', async () => {
    const keep = fresh();
    const server = await tagged(() => '{"a":"apples"}\n');
    const url = `${server.at}/d.jsonl`;
    await runOn(memoryStore(), { t: source.url(url, {}, { keep }) });
    DAMAGE['a flipped byte of the content']?.(keep);
    await expect(runOn(memoryStore(), { t: source.url(url, {}, { keep, offline: true }) })).rejects.toThrow(
      /offline is set, and the content that was kept was changed/,
    );
    await servers.pop()?.close();
    await expect(runOn(memoryStore(), { t: source.url(url, {}, { keep }) })).rejects.toThrow(
      /nobody answers .*the content that was kept was changed/,
    );
  });
});

describe('what gives access is kept nowhere', () => {
  const SIGNED = [
    'X-Amz-Signature=CANARYsignature&X-Amz-Date=20260101T000000Z',
    'sv=2024-01-01&se=2026-01-02T00%3A00%3A00Z&sig=CANARYsignature%3D',
    'access_token=CANARYsignature',
    'Expires=1&Signature=CANARYsignature&Key-Pair-Id=K1',
  ];
  test.each(SIGNED)('a signature: %s', async (query) => {
    const [keep, place] = [fresh(), fresh()];
    const server = await tagged(() => '{"a":1}\n');
    const table = (more: string) => ({ t: source.url(`${server.at}/d.jsonl?v=2&${more}`, {}, { keep }) });
    const store = openStore(place);
    const first = await runOn(store, table(query));
    expect(server.heard[0]?.url).toBe(`/d.jsonl?v=2&${query}`);
    const rotated = await runOn(store, table(query.replaceAll('CANARY', 'CANARY-new-')));
    expect([rotated.did, server.heard[1]?.headers['if-none-match']]).toEqual([{ t: 'reused' }, '"one"']);
    await store.close();
    const said = JSON.stringify(
      [first.events, rotated.events].flat().filter(({ is }) => is !== 'planned' && is !== 'run-started'),
    );
    expect(`${bytesIn(keep)}${bytesIn(place)}${said}`).not.toContain('CANARY');
    expect(said).toContain('/d.jsonl?v=2');
  });

  test('user and password, which are sent as a header', async () => {
    const [keep, place] = [fresh(), fresh()];
    const server = await start((_, response) => response.writeHead(404, 'CANARYpassword is wrong').end());
    const url = `${server.at.replace('//', '//me:CANARYpass%20word@')}/d.jsonl`;
    const store = openStore(place);
    const failed = await runOn(store, { t: source.url(url, {}, { keep }) }).catch((error: Error) => error);
    await store.close();
    expect(server.heard[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('me:CANARYpass word').toString('base64')}`,
    );
    expect(String(failed)).toContain(`${server.at}/d.jsonl cannot be read`);
    expect(`${bytesIn(place)}${failed}`).not.toContain('CANARYpass ');
  });

  test('a secret of the option query, in an address that is told otherwise', async () => {
    const [keep, place] = [fresh(), fresh()];
    const server = await tagged(() => '{"a":1}\n');
    const query = { ticket: secret.value('CANARY ticket', 'TICKET') };
    const store = openStore(place);
    await runOn(store, { t: source.url(`${server.at}/d.jsonl?v=1`, {}, { keep, query }) });
    await store.close();
    expect(server.heard[0]?.url).toBe('/d.jsonl?v=1&ticket=CANARY+ticket');
    expect(`${bytesIn(keep)}${bytesIn(place)}`).not.toMatch(/CANARY.ticket/);
  });

  test.each(['?page=2&key=a.csv&code=x&page_token=abc&policy=open', '', '?a=%2f&b', '#part'])(
    'an address without such parts is asked as it is written: %s',
    async (rest) => {
      const server = await tagged(() => '{"a":1}\n');
      const { did } = await runOn(memoryStore(), {
        t: source.url(`${server.at}/d.jsonl${rest}`, {}, { keep: fresh() }),
      });
      expect([did, server.heard[0]?.url]).toEqual([{ t: 'ran' }, `/d.jsonl${rest.replace('#part', '')}`]);
    },
  );
});

describe('a server that leads elsewhere', () => {
  const headers = {
    authorization: 'Bearer CANARYplain',
    'x-own': secret.value('CANARYsecret', 'OWN'),
    accept: 'text/*',
  };

  test('gets another one asked without what is secret', async () => {
    const other = await tagged(() => '{"a":1}\n');
    const server = await start((_, response) => response.writeHead(302, { location: `${other.at}/there` }).end());
    await runOn(memoryStore(), { t: source.url(`${server.at}/d.jsonl`, {}, { keep: fresh(), headers }) });
    expect(server.heard[0]?.headers).toMatchObject({ authorization: 'Bearer CANARYplain', 'x-own': 'CANARYsecret' });
    expect(other.heard[0]?.headers).toMatchObject({ accept: 'text/*' });
    expect(JSON.stringify(other.heard)).not.toContain('CANARY');
  });

  test('within the same server keeps them; in a circle it ends', async () => {
    const server = await start(({ url }, response) =>
      url === '/d.jsonl' ? response.writeHead(301, { location: '/next' }).end() : response.end('{"a":1}\n'),
    );
    await runOn(memoryStore(), { t: source.url(`${server.at}/d.jsonl`, {}, { keep: fresh(), headers }) });
    expect(server.heard[1]?.headers).toMatchObject({ 'x-own': 'CANARYsecret' });
    const circle = await start(({ url }, response) => response.writeHead(302, { location: `${url}x` }).end());
    await expect(
      runOn(memoryStore(), { t: source.url(`${circle.at}/d.jsonl`, {}, { keep: fresh() }) }),
    ).rejects.toThrow(/after 10 redirects/);
    expect(circle.heard).toHaveLength(11);
  });

  test.each(['file:///etc/passwd', 'ftp://host/x', 'http://['])('to %s is not followed', async (location) => {
    const server = await start((_, response) => response.writeHead(302, { location }).end());
    await expect(
      runOn(memoryStore(), { t: source.url(`${server.at}/d.jsonl`, {}, { keep: fresh() }) }),
    ).rejects.toThrow(/leads to .*, which is no (web )?address/);
  });
});

describe('a body has bounds', () => {
  test('in size, also where it says none, and leaves nothing behind', async () => {
    const keep = fresh();
    const line = Buffer.from('{"a":1}\n'.repeat(8192));
    let closed = 0;
    const server = await start((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(line));
        response.once('drain', more);
      };
      response.on('close', () => closed++);
      more();
    });
    const table = source.url(`${server.at}/d.jsonl`, {}, { keep, maxBytes: 3 << 20 });
    await expect(runOn(memoryStore(), { table })).rejects.toThrow(/longer than 3 MiB.*option maxBytes/);
    expect(readdirSync(keep)).toEqual([]);
    while (!closed) await new Promise(setImmediate);
  });

  test('in size, where it says it beforehand', async () => {
    const server = await start((_, response) =>
      response.writeHead(200, { 'content-length': '5000' }).end('x'.repeat(5000)),
    );
    const table = source.url(`${server.at}/d.jsonl`, {}, { keep: fresh(), maxBytes: 4999 });
    await expect(runOn(memoryStore(), { table })).rejects.toThrow(/longer than 4999 bytes/);
  });

  test('in silence, before and within it', async () => {
    const silent = await start(() => undefined);
    const half = await start((_, response) => response.write('{"a":1}\n'));
    for (const { at } of [silent, half]) {
      const table = source.url(`${at}/d.jsonl`, {}, { keep: fresh(), timeoutMs: 30 });
      await expect(runOn(memoryStore(), { table })).rejects.toThrow(/nobody answers \(it said nothing for 30 ms\)/);
    }
  });
});

describe('what killed runs left half', () => {
  test('is taken away by the next download, and what is being written is not', async () => {
    const keep = fresh();
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    const server = await tagged(() => '{"a":1}\n');
    await runOn(memoryStore(), { t: source.url(`${server.at}/d.jsonl`, {}, { keep }) });
    const whole = readdirSync(keep);
    const live = `${nameOf(whoAmI())}.00000000.part`;
    const left = `${nameOf({ ...whoAmI(), pid: dead.pid as number })}.00000000.part`;
    const [old, young] = ['elsewhere.0a0a0a0a.1.1.00000000.part', 'elsewhere.0a0a0a0a.2.2.00000000.part'];
    for (const name of [live, left, old, young]) writeFileSync(join(keep, name), 'half');
    utimesSync(join(keep, old), 1000, 1000);
    expect([await sweepParts(keep, { look: true }), await sweepParts(keep)]).toEqual([8, 8]);
    expect(readdirSync(keep).sort()).toEqual([...whole, live, young].sort());
  });

  test('a machine whose clock is days ahead takes nothing from another one that still downloads', async () => {
    const keep = fresh();
    mkdirSync(keep);
    const young = 'elsewhere.0a0a0a0a.2.2.00000000.part';
    writeFileSync(join(keep, young), 'half');
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3 * 86_400_000);
    try {
      expect(await sweepParts(keep)).toBe(0);
    } finally {
      clock.mockRestore();
    }
    expect(readdirSync(keep)).toEqual([young]);
  });
});

describe('what a server repeats or sends in part', () => {
  test('a tag with a secret in it is not kept', async () => {
    const keep = fresh();
    const server = await start(({ headers }, response) =>
      response
        .writeHead(200, { etag: `"${headers['x-own']}"`, 'last-modified': String(headers['x-own']) })
        .end('{"a":1}\n'),
    );
    const headers = { 'x-own': secret.value('CANARY-of-a-tag', 'TAG') };
    await runOn(memoryStore(), { t: source.url(`${server.at}/d.jsonl`, {}, { keep, headers }) });
    expect(server.heard[0]?.headers['x-own']).toBe('CANARY-of-a-tag');
    expect(bytesIn(keep)).not.toContain('CANARY');
  });

  test('a part is not taken for the whole', async () => {
    const server = await start((_, response) => response.writeHead(206).end('{"a":1}\n'));
    await expect(
      runOn(memoryStore(), { t: source.url(`${server.at}/d.jsonl`, {}, { keep: fresh() }) }),
    ).rejects.toThrow(/cannot be read: the server answered 206/);
  });

  test('a secret of several lines is told as what no header can hold, and what was kept is not taken instead', async () => {
    const keep = fresh();
    const server = await tagged(() => '{"a":1}\n');
    const of = (headers: object) => ({
      t: source.url(`${server.at}/d.jsonl`, {}, { keep, headers: headers as never }),
    });
    await runOn(memoryStore(), of({}));
    const pem = '-----BEGIN PRIVATE KEY-----\nQ0FOQVJZMDEyMzQ1Njc4OWFiY2RlZg==\n-----END PRIVATE KEY-----';
    const failed = runOn(memoryStore(), of({ 'x-own': secret.value(pem, 'PEM') }));
    await expect(failed).rejects.toThrow(/d\.jsonl cannot be read: the value of x-own has several lines/);
    await expect(failed).rejects.not.toThrow(/Q0FOQVJZ/);
    expect(server.heard).toHaveLength(1);
  });
});
