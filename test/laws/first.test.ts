import { describe, expect, test } from '@jest/globals';
import { createPipeline, type Kind, memoryStore, type RunEvent, type Row, type Store, stage, type Table } from '@millrace/core';

const calls: string[] = [];
const rows = (data: Row[]): Table<any> =>
  stage({ kind: { name: 'rows', version: 1, nature: 'pure', work: { is: 'whole', parts: () => ({ main: 'table' }), run: async ({ config }) => ({ main: { rows: [(config as any).data] } }) } } as Kind, config: { data } });
const upper = (t: Table<any>, config: { from: string; into: string; suffix?: string }): Table<any> =>
  stage({
    kind: {
      name: 'upper', version: 1, nature: 'answered',
      work: { is: 'rows', reads: (c: any) => ({ text: c.from }), answers: () => ({ out: 'text' }), adds: (c: any) => ({ [c.into]: 'out' }), call: (c: any) => ({ version: 1, config: { suffix: c.suffix } }),
        run: (rs: any, { config }: any) => rs.map((r: any) => { calls.push(r.text); if (r.text === 'bad') throw new Error('no'); return { out: r.text.toUpperCase() + (config.suffix ?? '') }; }) },
    } as Kind,
    inputs: { rows: t }, config, options: { retries: 0 },
  });

async function go(store: Store, outputs: any, asked: any = {}) {
  const events: RunEvent[] = [];
  const p = createPipeline(outputs, () => ({ store, code: { read: () => ({ refused: { why: 'not found', detail: 'x' } }) }, base: '/' }));
  calls.length = 0;
  const out: any = await p.run({ ...asked, onEvent: (e) => events.push(e) });
  const done = Object.fromEntries(events.filter((e) => e.is === 'stage-finished').map((e: any) => [e.stage, e.ranRows === undefined ? e.status : `${e.status} ${e.ranRows}/${e.rows}`]));
  return { out, done, calls: [...calls] };
}

describe('a first walk', () => {
  test('runs, is reused, runs only what changed', async () => {
    const store = memoryStore();
    const build = (data: Row[], into = 'up') => { const q = rows(data); return { q, u: upper(q, { from: 'text', into }) }; };
    const a = await go(store, build([{ text: 'a' }, { text: 'b' }, { text: 'a' }]));
    expect(a.done).toEqual({ q: 'ran', u: 'ran 2/3' });
    expect(await a.out.u.all()).toEqual([{ text: 'a', up: 'A' }, { text: 'b', up: 'B' }, { text: 'a', up: 'A' }]);
    const b = await go(store, build([{ text: 'a' }, { text: 'b' }, { text: 'a' }]));
    expect(b.done).toEqual({ q: 'reused', u: 'reused' });
    const c = await go(store, build([{ text: 'a' }, { text: 'c' }, { text: 'a' }]));
    expect(c.done).toEqual({ q: 'ran', u: 'ran 1/3' });
    expect(c.calls).toEqual(['c']);
    const d = await go(store, build([{ text: 'a' }, { text: 'c' }, { text: 'bad' }], 'x'));
    expect(d.done).toEqual({ q: 'ran', u: 'ran 1/3' });
    expect(d.out.u.failed).toBe(1);
    expect(await d.out.u.all()).toEqual([{ text: 'a', x: 'A' }, { text: 'c', x: 'C' }, { text: 'bad', x: null }]);
    const e = await go(store, build([{ text: 'a' }]), { force: ['u'] });
    expect(e.calls).toEqual(['a']);
  });
});
