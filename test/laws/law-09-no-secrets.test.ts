import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type AnyTable, CannotRun, type EngineOptions, type Kind, type Secret, secret, stage } from '@millrace/core';
import { embed, generate, model, rowsSource } from '@millrace/stages';
import { startOpenAIServer } from '../../packages/stages/src/models/testing/openai-server.js';
import { filesBelow, folder } from './files.js';
import { go, type Went } from './kit.js';
import { lab, printOf } from './lab.js';

const VALUE = 'sk-hunter2+/=~x';
const OTHER = 'sk-correct-horse';
const NAME = 'MILLRACE_TEST_KEY';

/** As it may be written: plainly, in addresses, in JSON, in base 64 at each place, in hex. */
function spellings(value: string): string[] {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from(' '.repeat(shift) + value)
      .toString('base64')
      .slice(2, -4),
  );
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('hex'),
    ...base64,
  ];
}

const spelled = (text: string, value: string): string[] => spellings(value).filter((each) => text.includes(each));

/** Names of files, their content, and names of folders. */
const bytesOf = (root: string): string =>
  filesBelow(root)
    .map((name) => `${name}\n${readFileSync(join(root, name)).toString('latin1')}`)
    .join('\n');

/** All that a run says, as data and as people see it. */
function saidBy({ events, error, outcome }: Went): string {
  const all = [events, outcome, error, ...events.flatMap((event) => ('error' in event ? [event.error] : []))];
  const data = events.map((event) =>
    event.is === 'planned' ? event.plan.steps.map((step) => ({ ...step, node: step.node.recipe })) : event,
  );
  return [
    JSON.stringify(data),
    ...all.map((each) => inspect(each, { depth: 20, showHidden: true })),
    ...all.map(String),
  ].join('\n');
}

describe('a secret is in no key, store, log, event or error', () => {
  let server: Awaited<ReturnType<typeof startOpenAIServer>>;
  beforeAll(async () => {
    server = await startOpenAIServer({ key: VALUE });
  });
  afterAll(() => server.close());

  const served = (key: Secret) =>
    model('m1', { baseURL: server.baseURL, temperature: 0 }, { apiKey: key, headers: { 'X-Also': key }, retries: 0 });
  const asking = (key: Secret, texts: readonly string[]) => {
    const q = rowsSource(texts.map((text) => ({ text })));
    const answers = generate(q, { model: served(key), prompt: 'Q: {{text}}', into: 'answer' });
    return { answers, vectors: embed(answers, { from: 'answer', model: served(key) }) };
  };

  test('when all goes well', async () => {
    const root = folder();
    const world = lab(openStore(root));
    const went = await go(world, asking(secret.value(VALUE, 'KEY'), ['1 + 1', '2 + 2']));
    expect([went.error, went.outcome?.ended]).toEqual([undefined, 'done']);
    expect(
      server.seen.filter(({ headers }) => headers.authorization === `Bearer ${VALUE}` && headers['x-also'] === VALUE),
    ).toHaveLength(3);
    await world.store.close();
    expect([spelled(bytesOf(root), VALUE), spelled(saidBy(went), VALUE)]).toEqual([[], []]);
    expect(filesBelow(root).length).toBeGreaterThan(10);
  });

  test('when a server repeats it in what it refuses, for one row or for all', async () => {
    const root = folder();
    const world = lab(openStore(root));
    const body = { error: { message: `You sent Bearer ${VALUE} (${encodeURIComponent(VALUE)})`, key: VALUE } };
    server.fail({ fault: 'status', status: 400, body });
    const row = await go(world, asking(secret.value(VALUE, 'KEY'), ['7 + 1', '7 + 2']));
    expect(row.outcome?.stages['answers']).toMatchObject({ failedRows: 1 });
    const wrong = await go(world, asking(secret.value(OTHER, 'KEY'), ['8 + 1']));
    expect(wrong.outcome?.ended).toBe('failed');
    expect(saidBy(wrong)).toMatch(/401|key/i);
    await world.store.close();
    const all = `${bytesOf(root)}\n${saidBy(row)}\n${saidBy(wrong)}`;
    expect([spelled(all, VALUE), spelled(all, OTHER)]).toEqual([[], []]);
  });

  test('one that is not set is named before anything is spent', async () => {
    const went = await go(lab(), asking(secret.env('MILLRACE_NO_SUCH_KEY'), ['1 + 1']));
    expect(went.error).toBeInstanceOf(CannotRun);
    expect(went.error?.message).toMatch(/MILLRACE_NO_SUCH_KEY/);
  });

  test('rotating it changes nothing: not a fingerprint, not a row', async () => {
    const before = await printOf(asking(secret.value(VALUE, 'KEY'), ['1 + 1']).vectors);
    expect(await printOf(asking(secret.value(OTHER, 'NEW_KEY'), ['1 + 1']).vectors)).toBe(before);
    const world = lab();
    await go(world, asking(secret.value(VALUE, 'KEY'), ['1 + 1']));
    const seen = server.seen.length;
    const rotated = await go(world, asking(secret.value(OTHER, 'KEY'), ['1 + 1']));
    expect(new Set(Object.values(rotated.did))).toEqual(new Set(['reused']));
    expect(server.seen.length).toBe(seen);
  });

  test('in the environment it is read when it is used', async () => {
    const key = secret.env(NAME);
    const outputs = asking(key, ['9 + 9']);
    process.env[NAME] = VALUE;
    try {
      expect((await go(lab(), outputs)).outcome?.ended).toBe('done');
    } finally {
      delete process.env[NAME];
    }
  });
});

/** A stage of a user that is given a secret among its options. */
function keyed(rows: AnyTable, key: Secret): AnyTable {
  const kind: Kind<object, EngineOptions & { key: Secret }> = {
    name: 'keyed',
    version: 1,
    nature: 'answered',
    work: {
      is: 'rows',
      reads: () => ({ text: 'text' }),
      answers: () => ({ out: 'text' }),
      open: (_, options) => ({ session: options.key.reveal().length }),
      run: (given, { handle, beside, note, options }) => {
        note(`asks with ${options.key} ${JSON.stringify(options)} ${inspect(options, { showHidden: true })}`);
        beside(0, { with: options.key, session: (handle as { session: number }).session });
        return given.map(({ text }) => ({ out: `${text} with ${options.key}` }));
      },
    },
  };
  return stage({ kind, inputs: { rows }, options: { key } });
}

describe('a secret is a type', () => {
  test('however it is printed, it is its name', async () => {
    const key = secret.value(VALUE, 'KEY');
    const copies = [
      key,
      { key },
      [key],
      new Map([['k', key]]),
      Object.assign(new Error('x'), { key }),
      structuredClone({ ...key }),
    ];
    const printed = copies.flatMap((each) => [
      String(each),
      JSON.stringify(each),
      inspect(each, { depth: 9, showHidden: true, getters: true }),
    ]);
    expect(spelled(printed.join('\n'), VALUE)).toEqual([]);
    expect(`${key}`).toBe('[secret KEY]');
    expect(Object.values(key)).toEqual(['KEY']);
    expect(() => Object.assign(key, { label: 'x' })).toThrow();
  });

  test('given to a stage, it can be printed by it and is not there', async () => {
    const root = folder();
    const world = lab(openStore(root));
    const went = await go(world, { it: keyed(world.k.rows([{ text: 'a' }]), secret.value(VALUE, 'KEY')) });
    expect(await went.rows('it')).toEqual([{ text: 'a', out: 'a with [secret KEY]' }]);
    await world.store.close();
    expect([spelled(bytesOf(root), VALUE), spelled(saidBy(went), VALUE)]).toEqual([[], []]);
    expect(bytesOf(root)).toContain('[secret KEY]');
  });

  test('in config, in a prompt or in an endpoint it is refused', async () => {
    const { k } = lab();
    const q = k.rows([{ text: 'a' }]);
    await expect(
      printOf(k.pure(q, { from: 'text', into: 'a', with: { key: secret.value(VALUE, 'KEY') } })),
    ).rejects.toThrow(/with\.key is a secret.*options, never in config/);
    expect(() => model('m', { baseURL: `https://host/${'v1'}?key=${encodeURIComponent(VALUE)}` })).toThrow(/a query/);
  });
});
