import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryStore, type Store, secret } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { type HubFault, type HubRequest, type HubServer, startHubServer } from '../models/testing/hub-server.js';
import { runOn } from '../testing/run.js';
import { download } from './download.js';

const COMMIT = 'a'.repeat(40);
const NEXT = 'b'.repeat(40);
const weights = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251));
const files = {
  'config.json': Buffer.from('{"a":1}'),
  'model/weights.bin': weights,
  'README.md': Buffer.from('read me'),
};

let hub: HubServer;
let base = '';
beforeEach(async () => {
  hub = await startHubServer();
  hub.put('org/tiny', { commit: COMMIT, files, small: ['config.json', 'README.md'] });
  base = mkdtempSync(join(tmpdir(), 'millrace-download-'));
});
afterEach(async () => {
  await hub.close();
  remove(base);
});

const tiny = (asked = {}, options = {}) => ({
  model: download.model(
    'org/tiny',
    { revision: COMMIT, ...asked },
    { endpoint: hub.endpoint, retries: 3, stallMs: 500, lookMs: 600_000, ...options },
  ),
});

const run = (store: Store, outputs: ReturnType<typeof tiny>) => runOn(store, outputs as never, { base });
const refusal = (store: Store, outputs: object) => run(store, outputs as never).then(() => 'nothing', String);
const pathsOf = (out: { model: { files: { path: string }[] } }) => out.model.files.map(({ path }) => path);
const sent = () => hub.taken().reduce((sum, request) => sum + request.sent, 0);
const whole = () => Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0);

describe('a model of a hub', () => {
  test('is a folder of checked files, and a pinned one asks nobody again', async () => {
    const store = memoryStore();
    const { out, did, events } = await run(store, tiny({ essential: ['config.json', 'model/*'] }));
    expect([did.model, pathsOf(out)]).toEqual(['ran', ['README.md', 'config.json', 'model/weights.bin']]);
    expect(readFileSync(join(await out.model.place(join(base, 'm')), 'model/weights.bin')).equals(weights)).toBe(true);
    expect(events.find(({ is }) => is === 'stage-finished')).toMatchObject({
      facts: { commit: COMMIT, files: 3, bytes: whole() },
    });
    const asked = hub.seen.length;
    expect((await run(store, tiny())).did.model).toBe('reused');
    expect(hub.seen.length).toBe(asked);
  });

  test('at main is the commit of that moment; the same commit is no other model', async () => {
    const store = memoryStore();
    expect((await run(store, tiny({ revision: 'main' }))).did.model).toBe('ran');
    expect((await run(store, tiny({ revision: 'main' }))).did.model).toBe('reused');
    expect((await run(store, tiny())).did.model).toBe('reused');
    hub.put('org/tiny', { commit: NEXT, files: { ...files, 'README.md': Buffer.from('read this') } });
    const before = sent();
    const { did, out } = await run(store, tiny({ revision: 'main' }));
    expect(did.model).toBe('ran');
    expect(pathsOf(out)).toContain('model/weights.bin');
    expect(sent() - before).toBeLessThan(1000);
  });

  test('a mirror gives the same model', async () => {
    const store = memoryStore();
    await run(store, tiny());
    const mirror = await startHubServer();
    expect((await run(store, tiny({}, { endpoint: mirror.endpoint }))).did.model).toBe('reused');
    await mirror.close();
  });

  test('only the files that are wanted; an essential one that is missing is named before anything is downloaded', async () => {
    const store = memoryStore();
    expect(pathsOf((await run(store, tiny({ files: ['*.json'] }))).out)).toEqual(['config.json']);
    const before = hub.taken().length;
    expect(await refusal(store, tiny({ essential: ['tokenizer.json', 'config.json'] }))).toContain(
      'tokenizer.json is essential and not among the files',
    );
    expect(await refusal(store, tiny({ files: ['*.onnx'] }))).toContain('has no file that matches *.onnx');
    expect(hub.taken().length).toBe(before);
  });

  test('works offline from what is there, and says what is not', async () => {
    const store = memoryStore();
    await run(store, tiny({ revision: 'main' }));
    await hub.close();
    expect((await run(store, tiny({ revision: 'main' }))).did.model).toBe('reused');
    const asked = hub.seen.length;
    expect((await run(store, tiny({ revision: 'main' }, { offline: true }))).did.model).toBe('reused');
    expect((await run(store, tiny({ files: ['model/*'] }, { offline: true }))).did.model).toBe('ran');
    expect(await refusal(store, tiny({ revision: 'v2' }, { offline: true }))).toContain(
      'Offline, and nothing is known of org/tiny at v2',
    );
    expect(await refusal(store, tiny({ revision: NEXT }, { offline: true }))).toContain(
      `Offline, and org/tiny at ${NEXT} is not here`,
    );
    expect(hub.seen.length).toBe(asked);
  });

  describe('what is stored counts, and that is said each time, where the hub', () => {
    const ends: (() => void)[] = [];
    afterEach(() => {
      for (const end of ends.splice(0)) end();
    });

    const two = (options: object = {}) => ({
      a: tiny({ revision: 'main' }, { lookMs: 300, ...options }).model,
      b: tiny({ revision: 'main', files: ['*.json'] }, { lookMs: 300, ...options }).model,
    });
    const instead = async (store: Store, options: object = {}) => {
      const { did, events } = await run(store, two(options) as never);
      expect(did).toEqual({ a: 'reused', b: 'reused' });
      return events.flatMap((event) => (event.is === 'notice' ? [event.text] : []));
    };

    test.each([
      ['is a portal, 403', { status: 403, body: '<html>Hotel</html>' }, /answered 403 Forbidden/],
      ['is a portal, 200', { status: 200, body: '<html>Hotel</html>' }, /not valid JSON/],
      ['says nothing', undefined, /said nothing for 300 ms/],
    ])('%s', async (_, answer, why) => {
      const store = memoryStore();
      await run(store, two() as never);
      const { port } = new URL(hub.endpoint);
      await hub.close();
      const asked: string[] = [];
      const portal = createServer((request, response) => {
        asked.push(String(request.url));
        if (answer) response.writeHead(answer.status, { 'content-type': 'text/html' }).end(answer.body);
      });
      await new Promise<void>((done) => portal.listen(Number(port), '127.0.0.1', done));
      ends.push(() => {
        portal.closeAllConnections();
        portal.close();
      });
      const said = expect.stringMatching(
        new RegExp(`^org/tiny at main could not be asked for: .*${why.source}.*\\. What it was .* offline: true`),
      );
      const lookMs = answer ? 600_000 : 300;
      expect(await instead(store, { lookMs })).toEqual([said, said]);
      expect(await instead(store, { lookMs })).toEqual([said, said]);
      expect(await instead(store, { offline: true })).toEqual([]);
      // Who says nothing is waited for once a run.
      expect(asked.length).toBeLessThanOrEqual(answer ? 4 : 2);
      portal.closeAllConnections();
      await new Promise((closed) => portal.close(closed));
      hub = await startHubServer({ port: Number(port) });
      hub.put('org/tiny', { commit: COMMIT, files, small: ['config.json', 'README.md'] });
      expect(await instead(store, { lookMs: 600_000 })).toEqual([]);
    });
  });

  test('a token is sent to the hub and shown nowhere', async () => {
    const token = secret.value('hf_very_secret', 'HF_TOKEN');
    await run(memoryStore(), tiny({}, { token }));
    expect(new Set(hub.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hf_very_secret']));
    hub.fail({ fault: 'status', status: 403 });
    const said = await refusal(memoryStore(), tiny({ files: ['config.json'] }, { token }));
    expect(said).toMatch(/403.*private or gated/);
    expect(said).not.toContain('very_secret');
  });

  test('stands at a path of the user', async () => {
    const store = memoryStore();
    await run(store, tiny({}, { at: 'models/tiny' }));
    expect(existsSync(join(base, 'models/tiny/model/weights.bin'))).toBe(true);
    rmSync(join(base, 'models/tiny/config.json'));
    expect((await run(store, tiny({}, { at: 'models/tiny' }))).did.model).toBe('reused');
    expect(existsSync(join(base, 'models/tiny/config.json'))).toBe(true);
  });
});

const endOf = (request: HubRequest | undefined): number => (request ? request.from + request.sent : 0);

describe('a bad line', () => {
  const one = (options = {}) => tiny({ files: ['model/*'] }, options);

  const passing: readonly (readonly [string, readonly HubFault[], number, number])[] = [
    [
      'dropped twice',
      [
        { fault: 'drop', after: 70_000 },
        { fault: 'drop', after: 60_000 },
      ],
      200_000,
      3,
    ],
    ['stalled', [{ fault: 'stall', after: 120_000 }], 200_000, 2],
    [
      '500, then 429 with a time to come back',
      [
        { fault: 'status', status: 500 },
        { fault: 'status', status: 429, headers: { 'retry-after': '0' } },
      ],
      200_000,
      3,
    ],
    ['a length that is too long', [{ fault: 'length', by: 50 }], 200_000, 1],
    ['fewer bytes than there are', [{ fault: 'bytes', by: -50 }], 200_000, 2],
    ['more bytes than there are', [{ fault: 'bytes', by: 50 }], 200_050, 1],
    ['a flipped bit', [{ fault: 'flip', after: 1000 }], 400_000, 2],
    [
      'dropped, and no ranges on the second try',
      [{ fault: 'drop', after: 70_000 }, { fault: 'no ranges' }],
      270_000,
      2,
    ],
  ];

  test.each(passing)('%s: goes on where it was, and the content is right', async (_what, faults, bytes, requests) => {
    hub.fail(...faults);
    const { out } = await run(memoryStore(), one());
    expect(readFileSync(join(await out.model.place(join(base, 'm')), 'model/weights.bin')).equals(weights)).toBe(true);
    const taken = hub.taken();
    const inFlight = taken.slice(1).reduce((lost, { from }, i) => lost + Math.max(0, endOf(taken[i]) - from), 0);
    expect(taken.reduce((sum, request) => sum + request.sent, 0) - inFlight).toBeLessThanOrEqual(bytes);
    expect(taken.length).toBe(requests);
  });

  test('it goes on from where the disk ends, not from the beginning', async () => {
    hub.fail({ fault: 'drop', after: 70_000 }, { fault: 'drop', after: 60_000 });
    await run(memoryStore(), one());
    const [first = -1, second = 0, third = 0] = hub.taken().map(({ from }) => from);
    expect([first, second > 0, third > second]).toEqual([0, true, true]);
  });

  test('many drops with a byte between them are no reason to give up', async () => {
    hub.fail(...Array.from({ length: 12 }, () => ({ fault: 'drop', after: 10_000 }) as const));
    expect((await run(memoryStore(), one({ retries: 2 }))).did.model).toBe('ran');
  });

  const lasting: readonly (readonly [string, HubFault, string])[] = [
    ['500', { fault: 'status', status: 500 }, 'answered 500'],
    ['fewer bytes', { fault: 'bytes', by: -50 }, 'ended at byte 199950 of 200000'],
    ['another content', { fault: 'flip', after: 5 }, 'has another content than its sha256'],
    ['packed', { fault: 'packed' }, 'comes packed as gzip'],
    ['dropped at once', { fault: 'drop', after: 0 }, 'cannot be reached'],
    ['404', { fault: 'status', status: 404 }, 'Check the name, the revision and the address'],
  ];

  test.each(lasting)('that stays bad (%s) is told, and nothing counts', async (_what, fault, said) => {
    const store = memoryStore();
    hub.fail(...Array.from({ length: 20 }, () => fault));
    expect(await refusal(store, one({ retries: 1 }))).toContain(said);
    expect([...store.entries()]).toEqual([]);
  });

  test('what one run got before it failed, the next does not get again', async () => {
    const store = memoryStore();
    hub.fail(
      { fault: 'drop', after: 50_000 },
      ...Array.from({ length: 2 }, () => ({ fault: 'status', status: 503 }) as const),
    );
    expect(await refusal(store, one({ retries: 1 }))).toContain('What came so far is kept');
    expect((await run(store, tiny())).did.model).toBe('ran');
    expect(
      hub
        .taken()
        .filter(({ path }) => path.includes('weights'))
        .at(-1)?.from,
    ).toBeGreaterThan(0);
  });

  test('two stages that want files of one commit do not disturb each other, and no broken part is begun anew', async () => {
    const slow = await startHubServer({ bytesPerMs: 400 });
    slow.put('org/tiny', { commit: COMMIT, files });
    const some = (...wanted: string[]) =>
      download.model('org/tiny', { revision: COMMIT, files: wanted }, { endpoint: slow.endpoint, retries: 0 });
    const outputs = { big: some('model/*', '*.json'), small: some('*.md', '*.json') };
    const { did } = await run(memoryStore(), outputs as never);
    expect(did).toEqual({ big: 'ran', small: 'ran' });
    expect(slow.taken().filter(({ path }) => path.includes('weights'))).toHaveLength(1);
    await slow.close();
  });

  test('what a stage that failed got stays when another one of the same commit ends well', async () => {
    const store = memoryStore();
    const some = (...wanted: string[]) => ({
      model: download.model('org/tiny', { revision: COMMIT, files: wanted }, { endpoint: hub.endpoint, retries: 0 }),
    });
    hub.fail({ fault: 'drop', after: 150_000 });
    expect(await refusal(store, some('model/*'))).toContain('What came so far is kept');
    await run(store, some('*.md'));
    expect((await run(store, some('model/*'))).did.model).toBe('ran');
    expect(hub.taken().at(-1)?.from).toBeGreaterThan(0);
  });

  test('what was whole when the store had no room for it is not got again, unless it was changed', async () => {
    const store = memoryStore();
    const full = { ...store, putFile: () => Promise.reject(new Error('no room')) };
    expect(await refusal(full, tiny())).toContain('no room');
    const got = sent();
    expect(got).toBe(whole());
    expect(await refusal(full, tiny())).toContain('no room');
    expect(sent()).toBe(got);
    const work = full.workFolder;
    const folders: string[] = [];
    const watched = { ...full, workFolder: (name: string) => folders[folders.push(work(name)) - 1] as string };
    await refusal(watched, tiny());
    const config = folders.map((folder) => join(folder, 'config.json')).find((path) => existsSync(path)) as string;
    writeFileSync(config, '{"a":2}');
    const { out } = await run(store, tiny());
    expect(readFileSync(join(await out.model.place(join(base, 'm')), 'config.json'), 'utf8')).toBe('{"a":1}');
    expect(sent()).toBe(got + files['config.json'].length);
  });

  test('the listing and the commit are asked for with the same patience', async () => {
    hub.failFirst(
      { fault: 'status', status: 500 },
      { fault: 'status', status: 429, headers: { 'retry-after': '0' } },
      { fault: 'status', status: 502 },
    );
    expect((await run(memoryStore(), tiny({ revision: 'main' }))).did.model).toBe('ran');
  });
});

describe('a listing that is not to be trusted', () => {
  const evil: readonly (readonly [string, unknown, string])[] = [
    ['..', { type: 'file', path: '../../etc/passwd', size: 1, oid: 'x' }, 'leads out of its folder'],
    ['absolute', { type: 'file', path: '/etc/passwd', size: 1, oid: 'x' }, 'no relative path'],
    ['backslash', { type: 'file', path: '..\\x', size: 1, oid: 'x' }, 'no path on every system'],
    ['a link', { type: 'symlink', path: 'link', size: 1, oid: 'x' }, 'symlink and no file'],
    ['a file below a file', { type: 'file', path: 'config.json/x', size: 1, oid: 'x' }, 'below a file'],
    ['twice', { type: 'file', path: 'config.json', size: 1, oid: 'x' }, 'twice'],
  ];
  test.each(evil)('%s is refused, and nothing is downloaded', async (_what, entry, said) => {
    hub.put('org/evil', { commit: COMMIT, files, listed: [entry] });
    const model = download.model('org/evil', { revision: COMMIT }, { endpoint: hub.endpoint });
    expect(await refusal(memoryStore(), { model })).toContain(said);
    expect(hub.taken()).toEqual([]);
  });
});

describe('files behind URLs', () => {
  const url = () => `${hub.endpoint}/org/tiny/resolve/${COMMIT}/model/weights.bin`;
  const sha256 = createHash('sha256').update(weights).digest('hex');

  test('with a checksum are that content, wherever they lie', async () => {
    const store = memoryStore();
    const of = (where: string, hex = sha256) => ({
      model: download.files([{ url: where, sha256: hex }], {}, { retries: 0 }),
    });
    expect((await run(store, of(url()))).did.model).toBe('ran');
    expect((await run(store, of('https://elsewhere.example/weights.bin'))).did.model).toBe('reused');
    expect(await refusal(memoryStore(), of(url(), '0'.repeat(64)))).toContain('has another content than its sha256');
  });

  test('with a checksum: what was whole when another one failed is not got again', async () => {
    const store = memoryStore();
    const readme = `${hub.endpoint}/org/tiny/resolve/${COMMIT}/README.md`;
    const hex = createHash('sha256').update(files['README.md']).digest('hex');
    const both = () => ({
      model: download.files(
        [
          { url: url(), sha256 },
          { url: readme, sha256: hex },
        ],
        {},
        { retries: 0, concurrency: 1 },
      ),
    });
    hub.fail({ fault: 'drop', after: 200_000 }, { fault: 'status', status: 404 });
    expect(await refusal(store, both())).toContain('README.md could not be downloaded');
    expect((await run(store, both())).did.model).toBe('ran');
    expect(sent()).toBe(200_000 + files['README.md'].length);
  });

  test('without one are what the server says they are, and come again when it says otherwise', async () => {
    const store = memoryStore();
    const of = () => ({ model: download.files([url()], {}, { retries: 1, stallMs: 500 }) });
    hub.fail({ fault: 'drop', after: 90_000 });
    expect((await run(store, of())).did.model).toBe('ran');
    expect(hub.taken().map(({ from }) => from > 0)).toEqual([false, true]);
    expect((await run(store, of())).did.model).toBe('reused');
    hub.put('org/tiny', { commit: COMMIT, files: { 'model/weights.bin': Buffer.from('new') } });
    const { did, out } = await run(store, of());
    expect(did.model).toBe('ran');
    expect(readFileSync(join(await out.model.place(join(base, 'm')), 'weights.bin'), 'utf8')).toBe('new');
  });

  test.each([
    [['ftp://x/y'], 'no http(s) address'],
    [['https://user:word@x/y'], 'carries a password'],
    [[{ url: 'https://x/y', sha256: 'abc' }], 'not 64 hex digits'],
    [[{ url: 'https://x/y', path: '../y' }], 'leads out of its folder'],
    [['https://x/%2e%2e%2fy'], 'leads out of its folder'],
  ])('%j is refused', (asked, said) => {
    expect(() => download.files(asked as never)).toThrow(said);
  });
});
