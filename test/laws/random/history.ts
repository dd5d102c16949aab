import type { Row } from '@millrace/core';
import fc from 'fast-check';
import { addNode, type Graph, isRowWise, isSource, type Node, removeNode, row, type Seed, seed } from './graph.js';

/** What happens between two runs, or to a run. */
export type Event =
  | {
      readonly is: 'config' | 'code' | 'column' | 'rename' | 'into' | 'options' | 'remember';
      readonly at: number;
      readonly to: number;
    }
  | { readonly is: 'edit row' | 'insert row'; readonly at: number; readonly to: number; readonly row: Row }
  | { readonly is: 'delete row' | 'reverse rows' | 'add column'; readonly at: number; readonly to: number }
  | { readonly is: 'add stage'; readonly seed: Seed }
  | { readonly is: 'remove stage'; readonly at: number }
  | { readonly is: 'fail' | 'heal'; readonly text: string }
  | { readonly is: 'force'; readonly at: number; readonly below: boolean }
  | { readonly is: 'kill'; readonly after: number }
  | { readonly is: 'kill forced'; readonly at: number; readonly after: number }
  | { readonly is: 'sweep' | 'damage'; readonly at: number; readonly many: number }
  | { readonly is: 'back' }
  | { readonly is: 'nothing' };

const at = fc.nat(1000);
const to = fc.nat(5);
const edit = <const I extends string>(...is: I[]) => fc.record({ is: fc.constantFrom(...is), at, to });

export const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: edit('config', 'config', 'code', 'column', 'rename', 'into', 'options', 'remember') },
  { weight: 4, arbitrary: fc.record({ is: fc.constantFrom('edit row' as const, 'insert row' as const), at, to, row }) },
  { weight: 3, arbitrary: edit('delete row', 'reverse rows', 'add column') },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('add stage' as const), seed }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('remove stage' as const), at }) },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constantFrom('fail' as const, 'heal' as const),
      text: fc.constantFrom('a', 'bb', 'ccc', '2.5'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('force' as const), at, below: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('kill' as const), after: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('kill forced' as const), at, after: fc.nat(30) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constantFrom('sweep' as const, 'damage' as const),
      at,
      many: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ is: 'back' as const }) },
  { weight: 1, arbitrary: fc.constant({ is: 'nothing' as const }) },
);

const pick = <T>(from: readonly T[], at: number): T | undefined => from[at % from.length];

/** Does what an event does to the graph; what it does to the store or the run is not done here. */
export function edited(graph: Graph, event: Event): void {
  const row = 'at' in event ? pick(graph.nodes.filter(isRowWise), event.at) : undefined;
  const any = 'at' in event ? pick(graph.nodes, event.at) : undefined;
  const source = 'at' in event ? pick(graph.nodes.filter(isSource), event.at) : undefined;
  switch (event.is) {
    case 'config':
      if (any) any.config = event.to % 3;
      return;
    case 'code': {
      const coded =
        pick(
          graph.nodes.filter(({ kind }) => kind === 'coded'),
          event.at,
        ) ?? row;
      if (coded) coded.code = event.to % 3;
      return;
    }
    case 'column':
      if (any) any.column = event.to;
      return;
    case 'rename':
      if (any) any.name = `m${any.id}_${event.to}`;
      return;
    case 'into':
      if (row) row.into = `c${row.id}_${event.to}`;
      return;
    case 'options':
      if (row) row.concurrency = 1 + (event.to % 4);
      return;
    case 'remember':
      if (row && event.to < 2) row.remember = event.to === 0;
      return;
    case 'add stage':
      if (graph.nodes.length < 30) addNode(graph, event.seed);
      return;
    case 'remove stage':
      if (any && graph.nodes.some((n) => n !== any && isSource(n))) removeNode(graph, any.id);
      return;
    default:
      if (source) editRows(source, event);
  }
}

function editRows(source: Node, event: Event): void {
  const { data } = source;
  switch (event.is) {
    case 'edit row':
      if (data.length) data[event.to % data.length] = { ...data[event.to % data.length], ...event.row };
      return;
    case 'insert row':
      if (data.length < 8) data.splice(event.to % (data.length + 1), 0, event.row);
      return;
    case 'delete row':
      if (data.length > 1) data.splice(event.to % data.length, 1);
      return;
    case 'reverse rows':
      data.reverse();
      return;
    case 'add column':
      for (const [i, row] of data.entries()) data[i] = { ...row, [`x${event.to % 2}`]: `${event.to}` };
      return;
  }
}
