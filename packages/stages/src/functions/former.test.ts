import { describe, expect, test } from '@jest/globals';
import {
  type AnyTable,
  type Handle,
  type Kind,
  memoryStore,
  type RowsWork,
  refOf,
  stage,
  type Table,
} from '@millrace/core';
import { filter } from '../filter/stage.js';
import { generate } from '../generate/generate.js';
import { map } from '../map/stage.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';

const one = [{ t: 'a', more: 1 }];
const two = [...one, { t: 'b', more: 1 }];
const columns = { t: 'text', more: 'float' } as const;

/** The stage as version 0.1 had it in its keys. */
function asFormerly(handle: AnyTable, rows: Handle): AnyTable {
  const { kind, config, options } = refOf(handle).stage;
  const { former, ...work } = kind.work as RowsWork;
  const { call, reads, request } = former?.(config, { t: 'text', more: 'float64' }) ?? {};
  const before: Kind = {
    ...kind,
    config: (given) => given,
    semantic: kind.formerly ?? ((given) => given),
    work: {
      ...work,
      ...(call && { call: () => call }),
      ...(reads && { reads: () => reads }),
      ...(request && { request }),
    },
  };
  return stage({ kind: before, config, options, inputs: { rows } });
}

const schema = (...names: readonly string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

const typed = (rows: AnyTable) => rows as unknown as Table<{ t: string; more: number }, true>;

let calls = 0;
const asked = { version: 1, nature: 'answered' } as const;

const paid: Readonly<Record<string, (rows: AnyTable) => AnyTable>> = {
  'an answer by a schema': (rows) =>
    generate(typed(rows), {
      model: 'test/echo',
      temperature: 0,
      prompt: '{{t}}',
      into: 'v',
      schema: schema('why', 'answer'),
    }),
  'draws by a schema': (rows) =>
    generate(typed(rows), {
      model: 'test/echo',
      temperature: 1,
      prompt: '{{t}}',
      into: 'v',
      schema: schema('answer', 'why'),
      samples: 2,
    }),
  'a function that is given a Buffer': (rows) =>
    map(typed(rows), {
      ...asked,
      with: { b: Buffer.from('x') } as never,
      run: ({ t }: { t: string }) => ({ v: `${t}${++calls}` }),
    }),
  'a filter that is given bytes': (rows) =>
    filter(typed(rows), { ...asked, with: { b: new Uint8Array(1) } as never, run: () => ++calls > 0 }),
  'a default text with a comma': (rows) =>
    map(typed(rows), {
      ...asked,
      run: ({ t, s = 'a, b' }: Record<string, unknown>) => ({ v: `${t}${s}${++calls}` }),
    }),
};

const below = (rows: AnyTable) =>
  map(typed(rows), { version: 1, run: (row: object) => ({ all: JSON.stringify(row) }) });

describe('what a store of 0.1 holds of a stage whose key says more now', () => {
  test.each(Object.entries(paid))('%s: nothing is asked again', async (_, build) => {
    const store = memoryStore();
    const rows = source.rows(one, { columns });
    const then = await runOn(store, {
      out: asFormerly(build(rows), rows),
      below: below(asFormerly(build(rows), rows)),
    });
    const made = calls;
    const now = await runOn(store, { out: build(rows), below: below(build(rows)) });
    expect([await now.out.out.all(), calls]).toEqual([await then.out.out.all(), made]);
    expect(now.did['out']).not.toMatch(/^ran [1-9]/);
    expect(now.did['below']).toBe('cut off');
    expect((await runOn(store, { out: build(rows) })).did['out']).toBe('reused');
  });

  test.each(Object.entries(paid))('%s: of more rows, only the new ones are asked', async (_, build) => {
    const store = memoryStore();
    const [rows, more] = [source.rows(one, { columns }), source.rows(two, { columns })];
    const then = await runOn(store, { out: asFormerly(build(rows), rows) });
    const now = await runOn(store, { out: build(more) });
    const old = await then.out.out.all();
    expect((await now.out.out.all()).slice(0, old.length)).toEqual(old);
    expect(now.did['out']).toMatch(/^ran (1 of 2|2 of 4)$/);
    expect((await runOn(store, { out: build(more) })).did['out']).toBe('reused');
  });
});

test('a default text with a comma does not hide which columns a function reads', async () => {
  const store = memoryStore();
  const build = paid['a default text with a comma'] as (rows: AnyTable) => AnyTable;
  await runOn(store, { out: build(source.rows(two, { columns })) });
  const other = await runOn(store, {
    out: build(
      source.rows(
        two.map(({ t }) => ({ t, more: 2 })),
        { columns },
      ),
    ),
  });
  expect(other.did['out']).toBe('cut off');
});

describe('the order of the properties of a schema', () => {
  const answers = (...names: readonly string[]) =>
    generate(source.rows(two, { columns }), {
      model: 'test/echo',
      temperature: 0,
      prompt: '{{t}}',
      into: 'v',
      schema: schema(...names),
    });

  test('is what the model is asked for: another one is asked anew, and the first is remembered', async () => {
    const store = memoryStore();
    const did = async (...names: readonly string[]) => (await runOn(store, { out: answers(...names) })).did['out'];
    expect([await did('answer', 'why'), await did('why', 'answer')]).toEqual(['ran 2 of 2', 'ran 2 of 2']);
    expect([await did('answer', 'why'), await did('why', 'answer')]).toEqual(['reused', 'reused']);
    expect(await did('one')).toBe('ran 2 of 2');
  });

  test('counts at any depth, and that of other words does not', async () => {
    const store = memoryStore();
    const nested = (inner: object) => ({ type: 'object', properties: { list: { type: 'array', items: inner } } });
    const did = async (inner: object) => {
      const out = generate(source.rows(two, { columns }), {
        model: 'test/echo',
        temperature: 0,
        prompt: '{{t}}',
        into: 'v',
        schema: nested(inner),
      });
      return (await runOn(store, { out })).did['out'];
    };
    const { type, properties } = schema('a', 'b');
    expect(await did({ type, properties })).toBe('ran 2 of 2');
    expect(await did({ properties, type })).toBe('reused');
    expect(await did(schema('b', 'a'))).toBe('ran 2 of 2');
  });
});
