import { describe, expect, test } from '@jest/globals';
import { model } from './model.js';
import { openModel } from './open.js';
import type { GenerateRequest } from './port.js';
import { calling, failureOf } from './testing/call.js';

const echo = async (request: GenerateRequest, template?: string) => {
  const { generate } = await openModel(model('test/echo', template === undefined ? {} : { template }));
  return generate!.generate(request, calling());
};

describe('test/echo', () => {
  test.each([
    ['Q: 12 + 30\nA:', '42'],
    ['7-9', '-2'],
    ['6 × 7 and then 3 * -4', '-12'],
    ['99999999999999999999 + 1', '100000000000000000000'],
    ['  hello\n', 'hello'],
    ['', ''],
  ])('answers %j with %j', async (prompt, text) => {
    expect(await echo({ prompt })).toMatchObject({ text, finish: 'stop', model: 'test/echo' });
  });

  test('reads the last thing the user said', async () => {
    const messages = [
      { role: 'system' as const, content: '1 + 1' },
      { role: 'user' as const, content: '2 + 2' },
      { role: 'assistant' as const, content: '5 + 5' },
      { role: 'user' as const, content: [{ type: 'text' as const, text: '3 + 3' }] },
      { role: 'assistant' as const, content: '9 + 9' },
    ];
    expect((await echo({ messages })).text).toBe('6');
  });

  test('writes its answer into a template, to the letter', async () => {
    expect((await echo({ prompt: "$& 1 + 2 $'" }, '{{prompt}} = {{answer}}!')).text).toBe("$& 1 + 2 $' = 3!");
  });

  test('ends at stop texts and at the limit of tokens, and says which', async () => {
    expect(await echo({ prompt: 'one two three' })).toMatchObject({ usage: { input: 3, output: 3 } });
    expect(await echo({ prompt: 'one two three', stop: ['three', ' two'] })).toMatchObject({
      text: 'one',
      finish: 'stop',
    });
    expect(await echo({ prompt: 'one two three', maxTokens: 2 })).toMatchObject({
      text: 'one two',
      finish: 'length',
      usage: { output: 2 },
    });
  });

  test('draws by its seed above temperature 0, and only there', async () => {
    const draws = async (temperature: number) =>
      Promise.all(
        Array.from({ length: 40 }, async (_, seed) => (await echo({ prompt: '2 + 2', temperature, seed })).text),
      );
    expect(new Set(await draws(0))).toEqual(new Set(['4']));
    const warm = await draws(1);
    expect(new Set(warm)).toEqual(new Set(['4', '5']));
    expect(await draws(1)).toEqual(warm);
  });

  test('fills a schema with its answer', async () => {
    const properties = {
      n: { type: 'integer' },
      text: { type: 'string' },
      list: { type: 'array', items: { type: 'number' } },
      label: { enum: ['odd', '42'] },
      yes: { type: 'boolean' },
      none: { type: 'null' },
      fixed: { const: 'v' },
      either: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    };
    const { text } = await echo({ prompt: '40 + 2', schema: { name: 's', schema: { type: 'object', properties } } });
    expect(JSON.parse(text)).toEqual({
      n: 42,
      text: '42',
      list: [42],
      label: '42',
      yes: false,
      none: null,
      fixed: 'v',
      either: '42',
    });
  });

  test('refuses what it would have to leave out', async () => {
    const image = { type: 'image' as const, mediaType: 'image/png', data: '' };
    expect(await failureOf(echo({ prompt: 'x', logprobs: 1 }))).toMatchObject({ kind: 'bad-request', everyRow: true });
    expect(await failureOf(echo({ messages: [{ role: 'user', content: [image] }] }))).toMatchObject({
      kind: 'bad-request',
    });
  });
});
