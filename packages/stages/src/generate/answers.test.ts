import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryStore, secret } from '@millrace/core';
import { jsonPath } from '../extract/json-path.js';
import { regex } from '../extract/regex.js';
import { extract } from '../extract/stage.js';
import { model } from '../models/model.js';
import { type OpenAIServer, startOpenAIServer } from '../models/testing/openai-server.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { generate } from './generate.js';

/** A server that answers what a test wants, as the model that a test names. */
let server: OpenAIServer;
let dated = 'm-2025-01-01';
let says: (asked: string) => string = (asked) => asked;
beforeAll(async () => {
  server = await startOpenAIServer();
  server.route('POST /v1/chat/completions', ({ body }) => {
    const { messages } = body as { messages: { content: string }[] };
    const message = { role: 'assistant', content: says(messages.at(-1)?.content ?? '') };
    return { body: { model: dated, choices: [{ index: 0, message, finish_reason: 'stop' }], usage: {} } };
  });
});
afterAll(() => server.close());
beforeEach(() => {
  says = (asked) => asked;
});

const served = () => model('m', { baseURL: server.baseURL, temperature: 0 });
const questions = (...all: string[]) => rowsSource(all.map((question) => ({ question })));
const asked = (...all: string[]) => generate(questions(...all), { model: served(), prompt: '{{question}}', into: 'a' });

test('a name that another model answers to is said aloud, once for each change', async () => {
  const store = memoryStore();
  const notices = async (...all: string[]) =>
    (await runOn(store, { t: asked(...all) })).events.flatMap((event) => (event.is === 'notice' ? [event.text] : []));
  expect(await notices('a', 'b')).toEqual([]);
  expect(await notices('a', 'b', 'c')).toEqual([]);
  dated = 'm-2025-06-01';
  expect(await notices('a', 'b', 'c', 'd', 'e')).toEqual([
    expect.stringMatching(
      /The model m is answered by m-2025-06-01 now, and was by m-2025-01-01\. .* name a dated model/,
    ),
  ]);
  expect(await notices('a', 'f')).toEqual([]);
});

test('a name that is a secret as well is not told from itself', async () => {
  const store = memoryStore();
  dated = 'm-of-the-team-2025';
  secret.value(dated, 'LLM_MODEL');
  const notices = async (...all: string[]) =>
    (await runOn(store, { t: asked(...all) })).events.flatMap((event) => (event.is === 'notice' ? [event.text] : []));
  expect([await notices('a'), await notices('a', 'b'), await notices('a', 'b', 'c')]).toEqual([[], [], []]);
});

describe('structured answers', () => {
  const schema = {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      tone: { type: 'string', enum: ['good', 'bad'] },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['n'],
  } as const;

  test('what is not as the schema wants it is a failed row, and the others stand', async () => {
    const answers = [
      '{"n":1,"tone":"good","tags":["x"]}',
      '{"n":"two"}',
      '{"tone":"bad"}',
      '{"n":3,"tone":"so so"}',
      '{"n":4,"tags":"x"}',
      '{"n":5,"tags":[1]}',
      '[]',
      'no',
      '{"n":6}',
    ];
    const { out, did } = await runOn(memoryStore(), {
      t: generate(questions(...answers), { model: served(), prompt: '{{question}}', into: 'a', schema }),
    });
    expect(did['t']).toBe('ran 9 of 9');
    expect((await out.t.all()).map(({ a }: { a: unknown }) => a)).toEqual([
      { n: 1, tone: 'good', tags: ['x'] },
      ...Array.from({ length: 7 }, () => null),
      { n: 6, tone: null, tags: null },
    ]);
    const failures = ((await out.t.failures()) as object[]).map((failure) => JSON.stringify(failure));
    expect(failures).toEqual(
      [
        '/n must be integer',
        'the value must have n',
        '/tone must be one of',
        '/tags must be array',
        '/tags/0 must be string',
        'the value must be object',
        'not the JSON',
      ].map((why) => expect.stringContaining(why)),
    );
  });
});

test('half a surrogate pair costs no stage: not in an answer, not in a field, not in what is taken out', async () => {
  says = () => 'cut \ud83d';
  const { out } = await runOn(memoryStore(), { t: asked('x') });
  expect(await out.t.column('a')).toEqual(['cut \ufffd']);
  says = () => '{"text":"cut \\ud83d"}';
  const fields = generate(questions('x'), {
    model: served(),
    prompt: '{{question}}!',
    into: 'a',
    schema: { type: 'object', properties: { text: { type: 'string' } } },
  });
  expect(await (await runOn(memoryStore(), { t: fields })).out.t.column('a')).toEqual([{ text: 'cut \ufffd' }]);
  for (const [pattern, column] of [
    [/^(.)/, 'a'],
    [/^(?<a>.)/, 'a'],
  ] as const) {
    const first = extract(rowsSource([{ text: '😀' }]), { from: 'text', with: regex(pattern), into: 'a' });
    expect(await (await runOn(memoryStore(), { t: first })).out.t.column(column)).toEqual(['\ufffd']);
  }
  const path = extract(rowsSource([{ text: '😀 {' }]), { from: 'text', with: jsonPath('$.a'), into: 'a' });
  expect(await (await runOn(memoryStore(), { t: path })).out.t.column('a_reason')).toEqual([
    expect.stringMatching(/^not-json: /),
  ]);
});

test('settings that no model could obey are refused where they are written', () => {
  const q = questions('x');
  for (const [setting, says] of [
    [{ samples: 0 }, 'samples of generate must be a whole number of at least 1, not 0'],
    [{ samples: 1.5 }, 'samples of generate must be a whole number of at least 1, not 1.5'],
    [{ temperature: -1 }, 'temperature of generate must be a number of at least 0, not -1'],
    [{ temperature: Number.NaN }, 'temperature of generate must be a number of at least 0, not NaN'],
    [{ topP: 0 }, 'topP of generate must be a number above 0 and at most 1, not 0'],
    [{ maxTokens: 0 }, 'maxTokens of generate must be a whole number of at least 1, not 0'],
    [{ seed: 0.5 }, 'seed of generate must be a whole number, not 0.5'],
    [{ logprobs: -1 }, 'logprobs of generate must be a whole number of at least 0, not -1'],
    [
      { accept: ['lenght' as 'length'] },
      '0 in accept of generate must be one of refusal, length, filter, empty, not "lenght". Did you mean length?',
    ],
  ] as const)
    expect(() => generate(q, { model: served(), prompt: '{{question}}', ...setting })).toThrow(says);
  expect(() => generate(q, { model: model('test/echo', { temperature: -1 }), prompt: 'x' })).toThrow('temperature -1');
});

describe('a list of models', () => {
  const q = questions('1 + 1');
  const [one, other] = [model('test/echo', { temperature: 0 }), model('m', { baseURL: 'http://127.0.0.1:9/v1' })];

  test('goes by their names, and two of one name need names of their own', async () => {
    const t = generate(q, { across: { model: [one, served()] }, prompt: '{{question}}', into: 'a' });
    expect(await (await runOn(memoryStore(), { t })).out.t.all()).toEqual([
      { question: '1 + 1', a: '1 + 1', model: 'm' },
      { question: '1 + 1', a: '2', model: 'test/echo' },
    ]);
    expect(() => generate(q, { across: { model: [one, one] }, prompt: '{{question}}' })).toThrow(
      /Two values of the axis model of across are called test\/echo/,
    );
  });

  test('a column that has the name of an axis is refused before anything is asked', async () => {
    const named = rowsSource([{ question: '1 + 1', model: 'x' }]);
    const t = generate(named, { across: { model: [one, other] }, prompt: '{{question}}', into: 'a' });
    await expect(runOn(memoryStore(), { t })).rejects.toThrow(/Column model exists already/);
  });
});
