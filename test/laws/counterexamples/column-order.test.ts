import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AnyTable, createPipeline, memoryStore, type Store } from '@millrace/core';
import { group, join, sort, source } from '@millrace/stages';
import { remove } from '../../../jest/remove.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(pathOf(tmpdir(), 'millrace-column-order-'));
  writeFileSync(pathOf(folder, 'd.jsonl'), '{"a":1,"b":"x","c":true}\n');
});
afterAll(() => remove(folder));

const read = (columns: Readonly<Record<string, 'float' | 'text' | 'bool'>>) => source.jsonl('d.jsonl', { columns });
const sides = () => [read({ a: 'float', b: 'text' }), read({ a: 'float', b: 'text', c: 'bool' })] as const;

/** Two declarations that differ in the order of columns alone. */
const pairs: Readonly<Record<string, readonly [() => AnyTable, () => AnyTable]>> = {
  'columns of a source': [() => read({ a: 'float', b: 'text' }), () => read({ b: 'text', a: 'float' })],
  'take of a join': [
    () => join(...(sides() as never as [AnyTable, never]), { on: 'a', take: { b: 'y', c: 'x' } }) as AnyTable,
    () => join(...(sides() as never as [AnyTable, never]), { on: 'a', take: { c: 'x', b: 'y' } }) as AnyTable,
  ],
  'aggregates of a group': [
    () => group(sides()[1], { by: 'a', aggregates: { n: 'count', m: { max: 'b' } } }),
    () => group(sides()[1], { by: 'a', aggregates: { m: { max: 'b' }, n: 'count' } }),
  ],
};

const names = async (store: Store, table: AnyTable) => {
  const ran: string[] = [];
  const below = sort(table as never, { by: 'a' as never });
  const pipeline = createPipeline({ table, below }, () => ({
    store,
    base: folder,
    code: { read: () => ({ refused: { why: 'not found', detail: 'there are no functions here' } }) },
  }));
  const out = await pipeline.run({
    onEvent: (event) => event.is === 'stage-finished' && event.status === 'ran' && ran.push(event.stage),
  });
  const first = async (name: 'table' | 'below') => Object.keys((await out[name].all())[0] as object);
  return { ran, table: await first('table'), below: await first('below') };
};

test.each(Object.entries(pairs))(
  '%s: in another order nothing runs, and the tables are as from nothing',
  async (_, [before, after]) => {
    const store = memoryStore();
    const first = await names(store, before());
    const second = await names(store, after());
    expect(second).toEqual({ ...(await names(memoryStore(), after())), ran: [] });
    expect(second.table).not.toEqual(first.table);
  },
);
