import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyHandle, AnyTable, Folder, Inputs, Kind, Row, Value } from '@millrace/core';
import type { Engine } from './engine.js';
import type { Outside } from './outside.js';
import { byText, short, show, tell, typed } from './telling.js';

interface By {
  readonly by: string;
  readonly with?: unknown;
  readonly partial?: boolean;
}

/** Stages over whole tables. Each tells what it saw, so that a second look at the same is noticed. */
export function wholeStages(engine: Engine, outside: Outside) {
  const declare = <H extends AnyHandle>(
    inputs: Record<string, AnyTable>,
    c: By,
    kind: Pick<Kind<By>, 'name' | 'work'>,
  ): H => engine.stage<H, By>({ kind: { version: 1, nature: 'pure', ...kind }, inputs, config: c });
  const seen = async (name: string, c: By, inputs: Inputs) => {
    const table = tableOf(inputs['rows']);
    const values = (await table.all()).map((row) => typed(row[c.by]));
    outside.answer(
      `${name}(${JSON.stringify(c)}) ${short(values.join(' '))} ${[...table.failed]} ${JSON.stringify(table.columns)}`,
      name,
    );
  };
  const reads = (c: By) => [c.by];
  const partial = (c: By) => c.partial === true;

  return {
    /** Rows in another order: columns are passed on by reference. */
    sort: (t: AnyTable, c: By): AnyTable =>
      declare({ rows: t }, c, {
        name: 'sort',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table' }),
          reads,
          partial,
          run: async ({ inputs }) => {
            const rows = await tableOf(inputs['rows']).all();
            await seen('sort', c, inputs);
            const order = rows.map((_, i) => i).filter((i) => !tableOf(inputs['rows']).failed.has(i));
            order.sort((a, b) => byText(rows[a]?.[c.by], rows[b]?.[c.by]) || a - b);
            return { main: { select: Int32Array.from(order), from: 'rows' } };
          },
        },
      }),

    /** Pairs of rows that are equal in a column, written anew. */
    join: (left: AnyTable, right: AnyTable, c: By & { prefix: string }): AnyTable =>
      declare({ left, right }, c, {
        name: 'join',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table' }),
          run: async ({ inputs }) => {
            const [a, b] = [await tableOf(inputs['left']).all(), await tableOf(inputs['right']).all()];
            const columns = ['left', 'right'].map((role) => Object.keys(tableOf(inputs[role]).columns).sort());
            outside.answer(`join(${JSON.stringify(c)}) ${columns.join('|')} ${short(tell(a) + tell(b))}`, 'join');
            return { main: { rows: [joined(a, b, c)] } };
          },
        },
      }),

    group: (t: AnyTable, c: By): AnyTable =>
      declare({ rows: t }, c, {
        name: 'group',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table' }),
          reads,
          partial,
          unordered: true,
          columns: () => ({ main: { [c.by]: 'text', count: 'int32' } }),
          run: async ({ inputs }) => {
            const rows = await kept(inputs['rows']);
            await seen('group', c, inputs);
            return { main: { rows: [grouped(rows, c.by)] } };
          },
        },
      }),

    count: (t: AnyTable, c: By): Value =>
      declare({ rows: t }, c, {
        name: 'count',
        work: {
          is: 'whole',
          parts: () => ({ main: 'value' }),
          reads,
          partial,
          run: async ({ inputs }) => {
            const rows = await kept(inputs['rows']);
            await seen('count', c, inputs);
            return { main: { value: counted(rows, c) } };
          },
        },
      }),

    train: (t: AnyTable, c: By): Folder =>
      declare({ rows: t }, c, {
        name: 'train',
        work: {
          is: 'whole',
          parts: () => ({ main: 'folder' }),
          reads,
          partial,
          run: async ({ inputs, folder }) => {
            const rows = await kept(inputs['rows']);
            await seen('train', c, inputs);
            mkdirSync(folder('main'), { recursive: true });
            writeFileSync(join(folder('main'), 'model.txt'), trained(rows, c));
            return { main: { folder: folder('main'), essential: ['model.txt'] } };
          },
        },
      }),

    /** Several parts: two tables and a summary. */
    split: (t: AnyTable, c: By): AnyTable & { readonly test: AnyTable; readonly summary: Value } =>
      declare({ rows: t }, c, {
        name: 'split',
        work: {
          is: 'whole',
          parts: () => ({ main: 'table', test: 'table', summary: 'value' }),
          reads,
          partial,
          run: async ({ inputs }) => {
            const rows = await tableOf(inputs['rows']).all();
            await seen('split', c, inputs);
            const all = rows.map((_, i) => i).filter((i) => !tableOf(inputs['rows']).failed.has(i));
            const first = all.filter((_, i) => i % 2 === 0);
            const second = all.filter((_, i) => i % 2 === 1);
            return {
              main: { select: Int32Array.from(first), from: 'rows' },
              test: { select: Int32Array.from(second), from: 'rows' },
              summary: { value: { first: first.length, second: second.length } },
            };
          },
        },
      }),
  };
}

const tableOf = (input: Inputs[string] | undefined) => {
  if (input?.is !== 'table') throw new Error('a table was expected');
  return input;
};

const kept = async (input: Inputs[string] | undefined): Promise<Row[]> =>
  (await tableOf(input).all()).filter((_, i) => !tableOf(input).failed.has(i));

/** What the whole stages compute; the reference computes it by the same few lines from plain rows. */
export const joined = (a: readonly Row[], b: readonly Row[], { by, prefix }: { by: string; prefix: string }): Row[] =>
  a.flatMap((left) =>
    b
      .filter((right) => show(right[by]) === show(left[by]))
      .map((right) => ({
        ...left,
        ...Object.fromEntries(Object.entries(right).map(([k, v]) => [`${prefix}${k}`, v])),
      })),
  );

export function grouped(rows: readonly Row[], by: string): Row[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(show(row[by]), (counts.get(show(row[by])) ?? 0) + 1);
  return [...counts].map(([text, count]) => ({ [by]: text, count }));
}

export const counted = (rows: readonly Row[], { by, with: limit }: By): unknown => ({
  distinct: new Set(rows.map((row) => show(row[by]))).size,
  limit: limit ?? null,
  rows: rows.length,
});

export const trained = (rows: readonly Row[], { by, with: rate }: By): string =>
  `${rows
    .map((row) => show(row[by]))
    .sort()
    .join(',')}|${JSON.stringify(rate ?? null)}`;
