import { inspect } from 'node:util';
import { createOpenAICompatible as v3 } from '@ai-sdk/openai-compatible';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secret } from '@millrace/core';
import { createOpenAICompatible as v2 } from 'ai-sdk-v2';
import { createOpenAICompatible as v4 } from 'ai-sdk-v4';
import { type AiSdkModel, aiModel } from './ai-sdk.js';
import type { ModelOptions } from './config.js';
import type { CallError } from './failure.js';
import { identityOf } from './model.js';
import { openModel } from './open.js';
import type { EmbedModel, GenerateModel, GenerateRequest } from './port.js';
import { costOf } from './prices.js';
import { calling, failureOf } from './testing/call.js';
import { chat as chatRoute } from './testing/openai-routes.js';
import { type OpenAIServer, startOpenAIServer } from './testing/openai-server.js';

let server: OpenAIServer;

beforeAll(async () => {
  server = await startOpenAIServer();
});
afterAll(() => server.close());

const KEY = 'k3y/of-the=provider';
const settings = () => ({ name: 'mine', baseURL: server.baseURL, apiKey: KEY, supportsStructuredOutputs: true });
const providers = {
  v2: () => v2(settings()),
  v3: () => v3(settings()),
  v4: () => v4(settings()),
};

const ports = async (sdk: AiSdkModel, options: ModelOptions = {}) =>
  (await openModel(aiModel(sdk, { endpoint: server.baseURL }, options))) as {
    generate: GenerateModel;
    embed: EmbedModel;
  };

const ask: GenerateRequest = { prompt: 'Q: 12 + 30\nA:' };

describe.each(['v2', 'v3', 'v4'] as const)('a provider of the AI SDK, interface %s', (version) => {
  const chat = () => providers[version]()('llama') as AiSdkModel;
  const vectors = () => providers[version]().textEmbeddingModel('llama') as AiSdkModel;

  test('is what its name says', () => {
    expect([chat().specificationVersion, vectors().specificationVersion]).toEqual([version, version]);
  });

  test('answers as the endpoint itself does', async () => {
    const { generate } = await ports(chat());
    const answer = await generate.generate(ask, calling());
    expect(answer).toMatchObject({
      text: '42',
      finish: 'stop',
      model: 'llama-2025-01-01',
      usage: { input: 5, output: 1 },
    });
    expect(answer.warnings).toBeUndefined();
  });

  test('is sent every field of the request', async () => {
    const { generate } = await ports(chat());
    const schema = {
      type: 'object',
      properties: { answer: { type: 'string' } },
      required: ['answer'],
      additionalProperties: false,
    };
    await generate.generate(
      {
        messages: [
          { role: 'system', content: 'Be short.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'See' },
              { type: 'image', mediaType: 'image/png', data: 'AAEC' },
            ],
          },
          { role: 'assistant', content: 'Yes?' },
          { role: 'user', content: '1 + 1' },
        ],
        temperature: 0,
        topP: 0.5,
        maxTokens: 7,
        stop: ['\n'],
        seed: 3,
        schema: { name: 'answer', schema },
        extra: { mine: { reasoningEffort: 'low' } },
      },
      calling(),
    );
    const body = server.seen.at(-1)?.body as Record<string, unknown>;
    expect(body).toMatchObject({
      model: 'llama',
      temperature: 0,
      top_p: 0.5,
      max_tokens: 7,
      stop: ['\n'],
      seed: 3,
      reasoning_effort: 'low',
    });
    expect(JSON.stringify(body.messages)).toContain('data:image/png;base64,AAEC');
    expect((body.messages as { role: string }[]).map((m) => m.role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(body.response_format).toMatchObject({ type: 'json_schema', json_schema: { name: 'answer', schema } });
  });

  test('says what it was asked for and did not do', async () => {
    const { generate } = await ports(providers[version]().completionModel('llama') as AiSdkModel);
    server.route('POST /v1/completions', () => ({
      body: { model: 'm', choices: [{ index: 0, text: 'x', finish_reason: 'stop' }] },
    }));
    const answer = await generate.generate({ ...ask, schema: { name: 's', schema: {} } }, calling());
    expect(answer.warnings?.join()).toMatch(/unsupported.*responseFormat/);
  });

  test('embeds like the endpoint itself, in the order of the texts', async () => {
    const { embed } = await ports(vectors());
    const texts = ['alpha', 'beta', 'gamma'];
    const straight = await embed.embed(texts, {}, calling());
    expect(straight.usage).toEqual({ input: 14, output: 0 });
    server.fail({ fault: 'wrong-order' });
    expect((await embed.embed(texts, {}, calling())).vectors).toEqual(straight.vectors);
    server.fail({ fault: 'wrong-count' });
    expect(await failureOf(embed.embed(texts, {}, calling()))).toMatchObject({ kind: 'malformed', permanent: false });
  });

  test.each([
    [
      { fault: 'status', status: 401 },
      { kind: 'auth', everyRow: true, permanent: true, status: 401 },
    ],
    [
      { fault: 'status', status: 404 },
      { kind: 'not-found', everyRow: true, permanent: true },
    ],
    [
      { fault: 'status', status: 400 },
      { kind: 'bad-request', everyRow: false, permanent: true },
    ],
    [
      { fault: 'status', status: 500 },
      { kind: 'server', permanent: false },
    ],
    [
      { fault: 'status', status: 429, headers: { 'retry-after': '120' } },
      { kind: 'rate-limited', retryAfterMs: 120_000, permanent: false },
    ],
    [{ fault: 'malformed' }, { kind: 'malformed', permanent: false }],
    [{ fault: 'reset' }, { kind: 'network', permanent: false }],
  ] as const)('turns %j into data, after one try', async (fault, expected) => {
    const { generate } = await ports(chat());
    const before = server.seen.length;
    server.fail(fault);
    expect(await failureOf(generate.generate(ask, calling()))).toMatchObject(expected);
    expect(server.seen.length).toBe(before + 1);
  });

  test('a body that is cut off can be asked for again', async () => {
    const { generate } = await ports(chat());
    server.fail({ fault: 'cut' });
    expect(await failureOf(generate.generate(ask, calling()))).toMatchObject({ permanent: false, everyRow: false });
  });

  test('ends when cancelled and when its time is up', async () => {
    const { generate } = await ports(chat());
    const control = new AbortController();
    server.route('POST /v1/chat/completions', () => {
      control.abort();
      return new Promise(() => {});
    });
    expect((await failureOf(generate.generate(ask, { signal: control.signal }))).kind).toBe('cancelled');
    expect((await failureOf(generate.generate(ask, calling(50)))).kind).toBe('timeout');
    server.route('POST /v1/chat/completions', chatRoute);
  });
});

describe('a declared model object', () => {
  const sdk = () => v3(settings())('llama');

  test('is plain data that shows nothing of the object or its key', async () => {
    const made = aiModel(
      sdk(),
      { endpoint: server.baseURL, temperature: 0 },
      { headers: { 'x-token': secret.value('t0ken', 'TEAM') } },
    );
    expect(made.config).toEqual({ adapter: 'ai-sdk', provider: 'mine.chat', endpoint: server.baseURL, name: 'llama' });
    expect(made.defaults).toEqual({ temperature: 0 });
    const { generate } = await openModel(made);
    const answer = await generate?.generate(ask, calling());
    expect(server.seen.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-token': 't0ken' });
    const readable = [made, generate, answer]
      .map((x) => inspect(x, { depth: 9, showHidden: true }) + JSON.stringify(x))
      .join();
    expect(readable).not.toContain(KEY);
    expect(readable).not.toContain('t0ken');
  });

  test('whose server repeats the key in its refusal shows a header of ours as its name', async () => {
    const { generate } = await ports(sdk(), { headers: { 'x-token': secret.value('t0ken', 'TEAM') } });
    server.fail({
      fault: 'status',
      status: 401,
      body: { error: { message: 'bad t0ken, Bearer abcdef', type: 'auth' } },
    });
    const error = (await generate.generate(ask, calling()).catch((e: unknown) => e)) as CallError;
    expect(error.message).toContain('bad [secret TEAM], Bearer [secret]');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/t0ken|abcdef|k3y/);
  });

  test('is the same model in every version of the interface, and another at another endpoint', () => {
    const of = (made: AiSdkModel, endpoint = server.baseURL) => identityOf(aiModel(made, { endpoint }));
    const all = (['v2', 'v3', 'v4'] as const).map((version) => of(providers[version]()('llama') as AiSdkModel));
    expect(new Set(all.map((identity) => JSON.stringify(identity))).size).toBe(1);
    expect(of(sdk(), 'https://elsewhere/v1')).not.toEqual(all[0]);
  });

  test('has a price where its endpoint has', () => {
    const made = aiModel(v3({ name: 'openai', baseURL: 'https://api.openai.com/v1' })('gpt-4o-mini'), {
      endpoint: 'https://api.openai.com/v1',
    });
    expect(costOf(made, { input: 1_000_000, output: 0 })).toBeCloseTo(0.15);
  });

  test.each<[string, unknown, unknown, RegExp]>([
    [
      'no endpoint',
      { specificationVersion: 'v3', provider: 'p', modelId: 'm', doGenerate: () => {} },
      {},
      /no http\(s\) address/,
    ],
    ['a name only', 'openai/gpt-4o', { endpoint: 'http://h' }, /no model object/],
    [
      'an old interface',
      { specificationVersion: 'v1', provider: 'p', modelId: 'm', doGenerate: () => {} },
      { endpoint: 'http://h' },
      /"v1"/,
    ],
    [
      'a moving name',
      { specificationVersion: 'v3', provider: 'p', modelId: 'auto', doGenerate: () => {} },
      { endpoint: 'http://h' },
      /any model/,
    ],
    [
      'an unknown setting',
      { specificationVersion: 'v3', provider: 'p', modelId: 'm', doGenerate: () => {} },
      { endpoint: 'http://h', dtype: 'q8' },
      /no setting "dtype"/,
    ],
  ])('with %s is refused', (_, object, config, message) => {
    expect(() => aiModel(object as AiSdkModel, config as { endpoint: string })).toThrow(message);
  });
});
