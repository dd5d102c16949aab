import { afterEach, describe, expect, test } from '@jest/globals';
import { memoryStore, type RunEvent, secret } from '@millrace/core';
import { generate } from '../generate/generate.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { serve, type TestServer } from '../testing/server.js';
import type { ModelOptions } from './config.js';
import { retryAfter } from './failure.js';
import { model } from './model.js';

const servers: TestServer[] = [];
const start = async (...given: Parameters<typeof serve>): Promise<TestServer> => {
  const server = await serve(...given);
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const KEY = 'CANARY-0123456789-abcdefghijklmnopqrstuvwxyz-END';
const apiKey = secret.value(KEY, 'KEY');

const chat = (content: string, more: object = {}): string =>
  JSON.stringify({ model: 'm', choices: [{ finish_reason: 'stop', message: { content } }], usage: {}, ...more });

const asking = (at: string, options: ModelOptions = {}, rows = 1) =>
  generate(rowsSource(Array.from({ length: rows }, (_, i) => ({ q: `question ${i}` }))), {
    model: model('llama3', { baseURL: `${at}/v1`, temperature: 0 }, { apiKey, retries: 0, ...options }),
    prompt: '{{q}}',
    into: 'answer',
  });

/** How a run of one stage went: the messages of its failed rows or of the stage, and all that it said. */
async function outcome(at: string, options: ModelOptions = {}, rows = 1) {
  const store = memoryStore();
  try {
    const { out, events } = await runOn(store, { a: asking(at, options, rows) });
    const failures = (await out.a.failures()) as { message: string }[];
    return { said: failures.map(({ message }) => message), all: JSON.stringify(events.map(plain)) };
  } catch (error) {
    return { said: [(error as Error).message], all: String((error as Error).stack) };
  }
}

const plain = (event: RunEvent) => (event.is === 'planned' ? {} : event);

describe('a key that a server repeats', () => {
  test.each([250, 260, 280, 290, 299, 300, 301, 340])(
    'is nowhere in what is kept of its refusal, also not a part of it: cut at %i',
    async (before) => {
      const server = await start(({ headers }, response) => {
        const key = headers.authorization?.slice(7) ?? '';
        response.writeHead(400, { 'content-type': 'text/plain' }).end(`${'x'.repeat(before)}${key} is wrong`);
      });
      const { said, all } = await outcome(server.at);
      expect(server.heard[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(said[0]).toMatch(/answered 400/);
      expect(`${said}${all}`).not.toContain('CANARY-');
    },
  );

  test('in an answer and in the name of the model is replaced; other content stays as it is', async () => {
    const server = await start((_, response) => response.end(chat(`say ${KEY}!`, { model: `m\u001b[31m ${KEY}` })));
    const { out } = await runOn(memoryStore(), { a: asking(server.at) });
    expect(await out.a.column('answer')).toEqual(['say [secret KEY]!']);
    const short = await start((_, response) => response.end(chat('I am ollama')));
    const named = { apiKey: secret.value('ollama', 'NAME') };
    const other = await runOn(memoryStore(), { a: asking(short.at, named) });
    expect(await other.out.a.column('answer')).toEqual(['I am ollama']);
  });
});

describe('a redirect of a model', () => {
  test.each([301, 302, 303, 307, 308])('to another server is not followed: %i', async (status) => {
    const other = await start((_, response) => response.end(chat('evil')));
    const server = await start(({ url }, response) => response.writeHead(status, { location: other.at + url }).end());
    const { said } = await outcome(server.at, { headers: { 'x-api-key': secret.value('CANARYKEY', 'OTHER') } });
    expect(said.join()).toMatch(
      /llama3 at .* was not asked: it answered 30\d and leads to .*another server.*set baseURL/,
    );
    expect([server.heard.length, other.heard.length]).toEqual([1, 0]);
  });

  test.each([307, 308])('within the server keeps what was sent: %i', async (status) => {
    const server = await start(({ url }, response) =>
      url.startsWith('/v1') ? response.writeHead(status, { location: `/v2${url}` }).end() : response.end(chat('fine')),
    );
    const { out } = await runOn(memoryStore(), { a: asking(server.at) });
    expect(await out.a.column('answer')).toEqual(['fine']);
    expect(server.heard[1]).toMatchObject({ method: 'POST', body: server.heard[0]?.body });
    expect(server.heard[1]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  test.each([301, 302, 303])('that would drop what was sent is not followed: %i', async (status) => {
    const server = await start((_, response) => response.writeHead(status, { location: '/v2' }).end(chat('no')));
    const { said } = await outcome(server.at);
    expect(said.join()).toMatch(/without what was sent/);
    expect(server.heard).toHaveLength(1);
  });
});

const PEM = '-----BEGIN PRIVATE KEY-----\nQ0FOQVJZMDEyMzQ1Njc4OWFiY2RlZg==\n-----END PRIVATE KEY-----';

describe('a key that no header can hold', () => {
  test.each(['apiKey', 'headers'])('is told as that, is not sent and not tried again: %s', async (where) => {
    const server = await start((_, response) => response.end(chat('fine')));
    const key = secret.value(PEM, 'PEM');
    const options = where === 'apiKey' ? { apiKey: key } : { headers: { 'X-Also': key } };
    const { said, all } = await outcome(server.at, { retries: 3, ...options });
    expect(said.join()).toMatch(/llama3 was not asked: the value of (authorization|X-Also) has several lines/);
    expect(`${said}${all}`).not.toContain('Q0FOQVJZ');
    expect(server.heard).toEqual([]);
  });
});

describe('only a whole answer counts as one', () => {
  const notTaken = async (answer: Parameters<typeof serve>[0]) => {
    const server = await start(answer);
    const store = memoryStore();
    const { out } = await runOn(store, { a: asking(server.at) });
    const failures = (await out.a.failures()) as { message: string }[];
    await runOn(store, { a: asking(server.at) });
    expect(server.heard).toHaveLength(2);
    return failures.map(({ message }) => message).join();
  };

  test('a part of one is an error, though it is JSON', async () => {
    const said = await notTaken((_, response) => response.writeHead(206).end(chat('half')));
    expect(said).toMatch(/llama3 at .* answered 206: a part of an answer, where all of it was asked for/);
  });

  test.each([300, 304])('what a server answers with %i is none', async (status) => {
    const said = await notTaken((_, response) => response.writeHead(status).end(status === 304 ? '' : chat('old')));
    expect(said).toMatch(new RegExp(`answered ${status}`));
  });

  test.each([[[0xc3]], [[0xed, 0xa0, 0x80]], [[0xff]]])('bytes that are no text are none: %j', async (bytes) => {
    const [before, after] = chat('HERE').split('HERE') as [string, string];
    const said = await notTaken((_, response) =>
      response.end(Buffer.concat([before, bytes, after].map((each) => Buffer.from(each as string)))),
    );
    expect(said).toMatch(/llama3 at .* answered, and it holds bytes that are no text in UTF-8/);
  });

  test('what a server says of its failure is quoted, whatever its bytes are', async () => {
    const said = await notTaken((_, response) => response.writeHead(500).end(Buffer.from([0x6e, 0x6f, 0xff])));
    expect(said).toMatch(/answered 500: no\ufffd/);
  });

  test('a sign of several bytes may come in pieces, and one that stands for unreadable ones is text', async () => {
    const server = await start((_, response) => {
      const bytes = Buffer.from(chat('é€\ufffd'));
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    });
    const { out } = await runOn(memoryStore(), { a: asking(server.at) });
    expect(await out.a.column('answer')).toEqual(['é€\ufffd']);
  });
});

describe('an answer has a bound', () => {
  test('one without end is given up, is told as what it is, and is not asked again', async () => {
    let sent = 0;
    const piece = Buffer.alloc(1 << 16, 'a');
    const server = await start((_, response) => {
      const more = () => {
        while (!response.destroyed && sent < 64 << 20) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const { said } = await outcome(server.at, { retries: 3, maxAnswerBytes: 1 << 20 });
    expect(said.join()).toMatch(/answered with more than 1 MiB.*maxAnswerBytes.*--retry-failed/);
    expect(server.heard).toHaveLength(1);
    expect(sent).toBeLessThan(64 << 20);
  });

  test('one just within it is read', async () => {
    const body = chat('a'.repeat(5000));
    const server = await start((_, response) => response.end(body));
    const { said } = await outcome(server.at, { maxAnswerBytes: body.length });
    expect(said).toEqual([]);
    expect((await outcome(server.at, { maxAnswerBytes: body.length - 1 })).said).toHaveLength(1);
  });
});

describe('a server that asks to be left alone', () => {
  const LONG = [
    { 'retry-after': '2592000' },
    { 'retry-after': '3601' },
    { 'retry-after': '1e999' },
    { 'retry-after': '99999999999999999999' },
    { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' },
    { 'retry-after-ms': '2147483648' },
  ];
  test.each(LONG)('for longer than a run waits is asked once, and its rows later: %j', async (headers) => {
    const server = await start((_, response) => response.writeHead(429, headers).end('{}'));
    const { said } = await outcome(server.at, { retries: 30, concurrency: 1 }, 20);
    expect(server.heard).toHaveLength(1);
    expect(said).toHaveLength(20);
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toMatch(/answered 429.*asks to wait until \d{4}-\d\d-\d\d \d\d:\d\d UTC.*Run again then/);
  });

  test('is asked again by a later run: nothing of it is remembered', async () => {
    let busy = true;
    const server = await start((_, response) =>
      busy ? response.writeHead(429, { 'retry-after': '86400' }).end('{}') : response.end(chat('fine')),
    );
    const store = memoryStore();
    await runOn(store, { a: asking(server.at, { concurrency: 1 }, 3) });
    busy = false;
    const { out } = await runOn(store, { a: asking(server.at, { concurrency: 1 }, 3) });
    expect(await out.a.column('answer')).toEqual(['fine', 'fine', 'fine']);
    expect(server.heard).toHaveLength(4);
  });

  test('a wait that a run obeys is obeyed', async () => {
    let busy = true;
    const server = await start((_, response) => {
      if (!busy) return void response.end(chat('fine'));
      busy = false;
      response.writeHead(429, { 'retry-after-ms': '1' }).end('{}');
    });
    expect((await outcome(server.at, { retries: 1 })).said).toEqual([]);
    expect(server.heard).toHaveLength(2);
  });

  test.each(['-1', 'soon', '', 'NaN'])('in words that are no time names none: %s', (text) => {
    expect(retryAfter((name) => (name === 'retry-after' ? text : null), 0)).toBeUndefined();
  });
});

test('a timeout longer than a timer can be is no timeout of a millisecond', async () => {
  const server = await start((_, response) => void setImmediate(() => response.end(chat('fine'))));
  expect((await outcome(server.at, { timeout: 2 ** 40 })).said).toEqual([]);
});
