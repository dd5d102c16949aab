import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { secret } from '@millrace/core';
import type { ModelConfig, ModelOptions } from './config.js';
import type { CallError } from './failure.js';
import { model } from './model.js';
import { openModel } from './open.js';
import type { EmbedModel, GenerateModel, GenerateRequest } from './port.js';
import { calling, failureOf } from './testing/call.js';
import { chat } from './testing/openai-routes.js';
import { type OpenAIServer, startOpenAIServer } from './testing/openai-server.js';

let server: OpenAIServer;
const more: OpenAIServer[] = [];

beforeAll(async () => {
  server = await startOpenAIServer();
});
afterEach(async () => {
  await Promise.all(more.splice(0).map((each) => each.close()));
});
afterAll(() => server.close());

const another = async (...args: Parameters<typeof startOpenAIServer>): Promise<OpenAIServer> => {
  const made = await startOpenAIServer(...args);
  more.push(made);
  return made;
};

const ports = async (at: OpenAIServer, config: ModelConfig = {}, options: ModelOptions = {}) =>
  (await openModel(model('llama', { baseURL: at.baseURL, ...config }, options))) as {
    generate: GenerateModel;
    embed: EmbedModel;
  };

const ask: GenerateRequest = { prompt: 'Q: 12 + 30\nA:' };

describe('a chat', () => {
  test('is answered with text, finish, usage and the model that answered', async () => {
    const { generate } = await ports(server);
    const answer = await generate.generate(ask, calling());
    expect(answer).toMatchObject({ text: '42', finish: 'stop', model: 'llama-2025-01-01' });
    expect(answer.usage).toEqual({ input: 5, output: 1, cached: 0, reasoning: 0 });
    expect(answer.latencyMs).toBeGreaterThan(0);
  });

  test('sends every field of the request, and nothing that was not asked', async () => {
    const { generate } = await ports(server, { version: 2 });
    const request: GenerateRequest = {
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image', mediaType: 'image/png', data: 'AAEC' },
          ],
        },
      ],
      temperature: 0,
      topP: 0.5,
      maxTokens: 7,
      stop: ['\n'],
      seed: 3,
      schema: { name: 'answer', schema: { type: 'object', properties: { answer: { type: 'string' } } } },
      logprobs: 2,
      extra: { top_k: 4 },
    };
    const answer = await generate.generate(request, calling());
    expect(server.seen.at(-1)?.body).toEqual({
      model: 'llama',
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAEC' } },
          ],
        },
      ],
      temperature: 0,
      top_p: 0.5,
      max_tokens: 7,
      stop: ['\n'],
      seed: 3,
      response_format: { type: 'json_schema', json_schema: { ...request.schema, strict: true } },
      logprobs: true,
      top_logprobs: 2,
      top_k: 4,
    });
    expect(answer.logprobs).toEqual([{ token: answer.text, logprob: -0.25, top: [] }]);
    await generate.generate(ask, calling());
    expect(server.seen.at(-1)?.body).toEqual({
      model: 'llama',
      messages: [{ role: 'user', content: 'Q: 12 + 30\nA:' }],
    });
  });

  test('gets the bytes of an image that is named by digest', async () => {
    const { generate } = await ports(server);
    const image = { type: 'image' as const, mediaType: 'image/gif', digest: 'd1' };
    const request: GenerateRequest = { messages: [{ role: 'user', content: [image] }] };
    await generate.generate(request, { ...calling(), bytes: async () => Uint8Array.of(0, 1, 2) });
    expect(JSON.stringify(server.seen.at(-1)?.body)).toContain('data:image/gif;base64,AAEC');
    expect(await failureOf(generate.generate(request, calling()))).toMatchObject({
      kind: 'bad-request',
      permanent: true,
    });
  });

  test('refuses a field that is set twice instead of losing one', async () => {
    const { generate } = await ports(server);
    const before = server.seen.length;
    const failure = await failureOf(
      generate.generate({ ...ask, temperature: 0, extra: { temperature: 1 } }, calling()),
    );
    expect(failure).toMatchObject({ kind: 'bad-request', everyRow: true });
    expect(server.seen.length).toBe(before);
  });

  test.each([
    ['length', { content: 'cut', finish: 'length' }, { text: 'cut', finish: 'length' }],
    ['content_filter', { content: null }, { text: '', finish: 'filter' }],
    ['tool_calls', { content: null }, { text: '', finish: 'tool' }],
    ['eos_of_some_kind', { content: 'x' }, { text: 'x', finish: 'other' }],
    ['stop', { content: null, refusal: 'I will not.' }, { text: 'I will not.', finish: 'refusal' }],
    [
      'stop',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { text: 'ab', finish: 'stop' },
    ],
  ])('that ends by %s says so', async (finish_reason, message, expected) => {
    const { generate } = await ports(server);
    server.fail({ fault: 'body', body: { model: 'm', choices: [{ message, finish_reason }] } });
    expect(await generate.generate(ask, calling())).toMatchObject({ ...expected, usage: {} });
  });

  test('goes to OpenAI with the field that its newer models want', async () => {
    const { chatBody } = await import('./openai.js');
    const config = model('openai/gpt-4o-mini').config;
    if (config.adapter !== 'openai') throw new Error('openai expected');
    expect(await chatBody(config, { prompt: 'x', maxTokens: 5 }, calling())).toMatchObject({
      max_completion_tokens: 5,
    });
  });
});

describe('an embedding', () => {
  const texts = ['alpha', 'beta', 'gamma', ''];

  test('gives each text its vector, whatever order the server answers in', async () => {
    const { embed } = await ports(server);
    const straight = await embed.embed(texts, {}, calling());
    server.fail({ fault: 'wrong-order' });
    const turned = await embed.embed(texts, {}, calling());
    expect(turned.vectors).toEqual(straight.vectors);
    expect(straight.vectors.map((v) => v.length)).toEqual([64, 64, 64, 64]);
    expect(straight.vectors[0]).not.toEqual(straight.vectors[1]);
    expect(straight.usage).toEqual({ input: 14, output: 0 });
  });

  test('passes on dimensions and fields of the provider', async () => {
    const { embed } = await ports(server);
    const { vectors } = await embed.embed(['a'], { dimensions: 8, extra: { user: 'u' } }, calling());
    expect(vectors[0]?.length).toBe(8);
    expect(server.seen.at(-1)?.body).toEqual({
      model: 'llama',
      input: ['a'],
      dimensions: 8,
      encoding_format: 'float',
      user: 'u',
    });
  });

  const row = (index: number, embedding: unknown) => ({ index, embedding });
  test.each([
    ['too few', [row(0, [1])]],
    ['one index twice', [row(0, [1]), row(0, [1])]],
    ['an index unasked', [row(0, [1]), row(7, [1])]],
    ['different lengths', [row(0, [1]), row(1, [1, 2])]],
    ['no numbers', [row(0, ['1']), row(1, [1])]],
    ['nothing in a vector', [row(0, []), row(1, [])]],
    ['no list', undefined],
  ])('with %s is malformed, never half used', async (_, data) => {
    const { embed } = await ports(server);
    server.fail({ fault: 'body', body: { model: 'm', data } });
    expect(await failureOf(embed.embed(['a', 'b'], {}, calling()))).toMatchObject({
      kind: 'malformed',
      permanent: false,
    });
  });

  test('with a vector missing is malformed', async () => {
    const { embed } = await ports(server);
    server.fail({ fault: 'wrong-count' });
    expect((await failureOf(embed.embed(['a', 'b'], {}, calling()))).message).toMatch(
      /sent 2 texts and answered with 1/,
    );
  });
});

describe('a failure is data', () => {
  test.each([
    [401, {}, { kind: 'auth', everyRow: true, permanent: true }],
    [402, {}, { kind: 'auth', everyRow: true, permanent: true }],
    [403, {}, { kind: 'auth', everyRow: true, permanent: true }],
    [404, {}, { kind: 'not-found', everyRow: true, permanent: true }],
    [400, {}, { kind: 'bad-request', everyRow: false, permanent: true }],
    [413, {}, { kind: 'bad-request', everyRow: false, permanent: true }],
    [400, { error: { message: 'no', code: 'content_filter' } }, { kind: 'refused', everyRow: false, permanent: true }],
    [408, {}, { kind: 'timeout', everyRow: false, permanent: false }],
    [409, {}, { kind: 'server', permanent: false }],
    [429, {}, { kind: 'rate-limited', everyRow: false, permanent: false }],
    [429, { error: { message: 'pay', code: 'insufficient_quota' } }, { kind: 'auth', everyRow: true, permanent: true }],
    [500, {}, { kind: 'server', everyRow: false, permanent: false }],
    [503, {}, { kind: 'server', everyRow: false, permanent: false }],
  ])('status %i %j', async (status, body, expected) => {
    const { generate } = await ports(server);
    server.fail({ fault: 'status', status, body });
    expect(await failureOf(generate.generate(ask, calling()))).toMatchObject({ ...expected, status });
  });

  test('an error inside a 200 is an error', async () => {
    const { generate } = await ports(server);
    server.fail(
      { fault: 'body', body: { error: { message: 'slow down', code: 429 } } },
      { fault: 'body', body: { error: 'lost' } },
    );
    expect(await failureOf(generate.generate(ask, calling()))).toMatchObject({ kind: 'rate-limited', status: 429 });
    expect(await failureOf(generate.generate(ask, calling()))).toMatchObject({ kind: 'server', status: 502 });
  });

  test.each([
    ['retry-after', '3', 3000],
    ['retry-after', '0.5', 500],
    ['retry-after-ms', '250', 250],
    ['retry-after', '120', 120_000],
    ['retry-after', 'soon', undefined],
  ])('%s: %s is passed on as said', async (header, value, expected) => {
    const { generate } = await ports(server);
    server.fail({ fault: 'status', status: 429, headers: { [header]: value } });
    expect((await failureOf(generate.generate(ask, calling()))).retryAfterMs).toBe(expected);
  });

  test('Retry-After as a date is the time until then', async () => {
    const { generate } = await ports(server);
    server.fail({
      fault: 'status',
      status: 503,
      headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() },
    });
    const { retryAfterMs } = await failureOf(generate.generate(ask, calling()));
    expect(retryAfterMs).toBeGreaterThan(3_000_000);
    expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
  });

  test.each(['malformed', 'cut', 'reset'] as const)('a %s answer can be tried again', async (fault) => {
    const { generate } = await ports(server);
    server.fail({ fault });
    const { kind, permanent, everyRow } = await failureOf(generate.generate(ask, calling()));
    expect([kind, permanent, everyRow]).toEqual([fault === 'malformed' ? 'malformed' : 'network', false, false]);
    expect((await generate.generate(ask, calling())).text).toBe('42');
  });

  test('an answer without choices is malformed', async () => {
    const { generate } = await ports(server);
    server.fail({ fault: 'body', body: { choices: [] } }, { fault: 'body', body: [] });
    expect((await failureOf(generate.generate(ask, calling()))).kind).toBe('malformed');
    expect((await failureOf(generate.generate(ask, calling()))).kind).toBe('malformed');
  });

  test('a server that is not there is a network failure that says why', async () => {
    const gone = await startOpenAIServer();
    await gone.close();
    const { generate } = await ports(gone);
    const failure = await failureOf(generate.generate(ask, calling()));
    expect(failure).toMatchObject({ kind: 'network', permanent: false });
    expect(failure.message).toMatch(/ECONNREFUSED/);
  });

  test('one request is sent for one call, whatever happens to it', async () => {
    const { generate } = await ports(server);
    const before = server.seen.length;
    server.fail({ fault: 'status', status: 500 });
    await failureOf(generate.generate(ask, calling()));
    expect(server.seen.length).toBe(before + 1);
  });
});

describe('a call that takes too long', () => {
  test('ends with a timeout and hangs up', async () => {
    const slow = await another();
    const { generate } = await ports(slow, {}, { timeout: 30 });
    slow.route('POST /v1/chat/completions', () => new Promise(() => undefined));
    expect(await failureOf(generate.generate(ask, calling()))).toMatchObject({ kind: 'timeout', permanent: false });
    slow.route('POST /v1/chat/completions', chat);
    expect((await generate.generate(ask, calling(60_000))).text).toBe('42');
    while (slow.dropped() < slow.seen.length - 1) await sleep(5);
  });

  test('ends at once when cancelled, before or in flight', async () => {
    const slow = await another();
    const { generate } = await ports(slow);
    const early = AbortSignal.abort();
    expect(await failureOf(generate.generate(ask, { signal: early }))).toMatchObject({
      kind: 'cancelled',
      permanent: true,
    });
    expect(slow.seen.length).toBe(0);
    const control = new AbortController();
    const arrived = new Promise<void>((resolve) =>
      slow.route('POST /v1/chat/completions', () => {
        resolve();
        return new Promise(() => {});
      }),
    );
    const call = failureOf(generate.generate(ask, { signal: control.signal }));
    await arrived;
    control.abort();
    expect(await call).toMatchObject({ kind: 'cancelled' });
  });
});

describe('a key', () => {
  const KEY = 'k3y/very+private=';

  test('is sent, and is in nothing that can be read', async () => {
    const strict = await another({ key: KEY });
    const declared = model(
      'llama',
      { baseURL: strict.baseURL },
      { apiKey: secret.value(KEY, 'MY_KEY'), headers: { 'x-team-token': secret.value('t0ken') } },
    );
    const { generate } = await openModel(declared);
    const answer = await generate!.generate(ask, calling());
    expect(answer.text).toBe('42');
    expect(strict.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-team-token': 't0ken' });
    const readable = [declared, generate, answer]
      .flatMap((x) => [JSON.stringify(x), inspect(x, { depth: 9, showHidden: true })])
      .join();
    expect(readable).not.toContain(KEY);
    expect(readable).not.toContain('t0ken');
    expect(readable).toContain('[secret MY_KEY]');
  });

  test('that the server repeats in its refusal is blanked', async () => {
    const strict = await another({ key: 'another' });
    const { generate } = await ports(strict, {}, { apiKey: secret.value(KEY, 'MY_KEY') });
    const error = (await generate.generate(ask, calling()).catch((e: unknown) => e)) as CallError;
    expect(error.failure).toMatchObject({ kind: 'auth', everyRow: true });
    expect(error.message).toContain('Incorrect API key provided: [secret MY_KEY]');
    expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + error.stack).not.toContain(KEY);
  });

  test('that no header can hold is blanked in the complaint', async () => {
    const { generate } = await ports(server, {}, { apiKey: secret.value('line\nbreak', 'MY_KEY') });
    const error = (await generate.generate(ask, calling()).catch((e: unknown) => e)) as CallError;
    expect(inspect(error, { depth: 9 })).not.toMatch(/line\nbreak|line\\nbreak/);
  });

  test('that is missing is an auth failure before anything is sent', async () => {
    const { generate } = await ports(server, {}, { apiKey: secret.env('MILLRACE_NO_SUCH_KEY') });
    const before = server.seen.length;
    const failure = await failureOf(generate.generate(ask, calling()));
    expect(failure).toMatchObject({ kind: 'auth', everyRow: true });
    expect(failure.message).toContain('MILLRACE_NO_SUCH_KEY');
    expect(server.seen.length).toBe(before);
  });

  test('in a shape that everyone knows is blanked even if it is not ours', async () => {
    const { generate } = await ports(server);
    server.fail({
      fault: 'status',
      status: 400,
      body: { error: { message: 'Bearer abcdef, sk-proj-abcdefgh1234 are bad' } },
    });
    const { message } = await failureOf(generate.generate(ask, calling()));
    expect(message).toContain('Bearer [secret]');
    expect(message).not.toMatch(/abcdef/);
  });
});

test('many calls at once are many calls at the server', async () => {
  const busy = await another({ delayMs: 20 });
  const { generate } = await ports(busy);
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, i) => generate.generate({ prompt: `${i} + 1` }, calling())),
  );
  expect(answers.map((a) => a.text)).toEqual(Array.from({ length: 16 }, (_, i) => String(i + 1)));
  expect(busy.peak()).toBeGreaterThan(1);
});
