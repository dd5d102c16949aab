import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AnyTable, foreseen, graphOf, memoryStore, requestsOf, type Store, secret } from '@millrace/core';
import { embed } from '../embed/stage.js';
import { model } from '../models/model.js';
import { type OpenAIServer, startOpenAIServer } from '../models/testing/openai-server.js';
import { rowsSource } from '../source/rows.js';
import { source } from '../source/source.js';
import { runOn, versions } from '../testing/run.js';
import { generate } from './generate.js';

let server: OpenAIServer;
beforeAll(async () => {
  server = await startOpenAIServer();
});
afterAll(() => server.close());

const rows = (n: number) =>
  rowsSource(Array.from({ length: n }, (_, i) => ({ question: `What is ${i} + ${i}?`, id: i })));

const aheadOf = async (store: Store, outputs: Record<string, AnyTable>, most: number, behind?: readonly number[]) => {
  const ports = { store, code: versions, base: process.cwd() };
  const plan = await foreseen(graphOf(outputs), {}, ports);
  const node = plan.steps.at(-1)?.node;
  if (!node) throw new Error('no stage');
  return requestsOf(plan, { node, most, behind }, ports);
};

test('what is shown is what the server gets, and nothing is asked for it; a key is not shown', async () => {
  const store = memoryStore();
  process.env['REQUESTS_TEST_KEY'] = 'sk-requests-test-key-1234';
  const gpt = model('gpt-x', { baseURL: server.baseURL, temperature: 0 }, { apiKey: secret.env('REQUESTS_TEST_KEY') });
  const a = (n: number) => ({ a: generate(rows(n), { model: gpt, prompt: 'Q: {{question}}', maxTokens: 9 }) });
  const before = server.seen.length;
  const ahead = await aheadOf(store, a(4), 2);
  expect(server.seen.length).toBe(before);
  expect([ahead.missing, ahead.requests.map((each) => each.rows)]).toEqual([4, [[0], [1]]]);
  expect(JSON.stringify(ahead)).not.toContain('sk-requests');
  await runOn(store, a(3));
  const bodies = server.seen.slice(before).map(({ body }) => body);
  for (const { sent } of ahead.requests) {
    expect(sent).toMatchObject({ url: `${server.baseURL}/chat/completions` });
    expect(bodies).toContainEqual((sent as { body: unknown }).body);
  }
  expect(await aheadOf(store, a(5), 9)).toMatchObject({ missing: 2, requests: [{ rows: [3] }, { rows: [4] }] });
  expect(await aheadOf(store, a(3), 1)).toMatchObject({ missing: 0, requests: [{ rows: [0] }] });
});

test('texts that go out together are one request; below what is not answered nothing is shown', async () => {
  const store = memoryStore();
  const vectors = embed(rows(70), {
    from: 'question',
    model: model('e', { baseURL: server.baseURL }),
    into: 'vector',
  });
  const { requests, missing } = await aheadOf(store, { vectors }, 5);
  expect([missing, requests.map((each) => each.rows.length)]).toEqual([70, [64, 6]]);
  expect(requests[1]?.sent).toMatchObject({ body: { input: expect.arrayContaining(['What is 69 + 69?']) } });
  const echo = model('test/echo', { temperature: 0 });
  const a = generate(rows(2), { model: echo, prompt: '{{question}}', into: 'a' });
  const b = generate(a, { model: echo, prompt: '{{a}}?', into: 'b' });
  expect(await aheadOf(store, { b }, 3)).toMatchObject({ requests: [], missing: 0, unknown: 2 });
  await runOn(store, { a });
  expect(await aheadOf(store, { b }, 1)).toMatchObject({
    missing: 2,
    requests: [{ sent: { messages: [{ role: 'user', content: '0?' }] } }],
  });
});

test('behind rows of the output stands what was sent for them: for samples, and for texts that went out together', async () => {
  const store = memoryStore();
  const gpt = model('gpt-y', { baseURL: server.baseURL, temperature: 1 });
  const a = generate(rows(3), { model: gpt, prompt: 'Q: {{question}}', samples: 2, into: 'a' });
  await runOn(store, { a });
  const behind = (await aheadOf(store, { a }, 9, [1, 4])).requests;
  expect(behind.map((each) => each.rows)).toEqual([[1], [4]]);
  expect(behind.map(({ sent }) => JSON.stringify(sent))).toEqual([
    expect.stringContaining('What is 0 + 0?'),
    expect.stringContaining('What is 2 + 2?'),
  ]);
  const vectors = embed(rows(70), { from: 'question', model: model('e', { baseURL: server.baseURL }), into: 'v' });
  await runOn(store, { vectors });
  const [together, ...more] = (await aheadOf(store, { vectors }, 9, [68, 69])).requests;
  expect([together?.rows, more]).toEqual([[68, 69], []]);
  expect(together?.sent).toMatchObject({ body: { input: ['What is 68 + 68?', 'What is 69 + 69?'] } });
});

test('a function that makes the prompt gets a list of numbers as an array, a template as it was; an answer is found by what is asked', async () => {
  const table = source.rows([{ xs: [1, 2], id: 0 }], { columns: { xs: { list: 'float64' }, id: 'int32' } });
  const echo = model('test/echo', { temperature: 0, template: '{{prompt}}' });
  const of = (prompt: unknown) => ({
    a: generate(table, { model: echo, prompt: prompt as string, into: 'a', version: 1 }),
  });
  const listed = ({ xs }: { xs: number[] }) => xs.map((x) => `v${x}`).join();
  const store = memoryStore();
  const text = JSON.stringify((await aheadOf(store, of(listed), 1)).requests);
  expect(text).toContain('v1,v2');
  expect(await (await runOn(store, of(listed))).out.a.column('a')).toHaveLength(1);
  expect(await aheadOf(store, of(listed), 1)).toMatchObject({ missing: 0 });
  expect(JSON.stringify((await aheadOf(store, of('{{xs}}'), 1)).requests)).toContain('[1,2]');
  expect((await runOn(store, of('v1,v2'))).did.a).toBe('ran 0 of 1');
});
