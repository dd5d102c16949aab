import { NOTHING_SPENT, sumCosts } from '../ports/cost.js';
import type { Cost, Entry } from '../ports/store.js';

/** What a stage of a run saved. */
export interface Saved {
  /** Which answers it has: stages with the same ones would pay for them once. */
  readonly of: string;
  /** It ran: what it paid for itself no other stage of the run saves. */
  readonly ran: boolean;
  readonly cost: Cost;
}

/** By the objects that hold them; of a stage that takes tables whole by its name. */
export function answersOf({ parts, rows }: Pick<Entry, 'parts' | 'rows'>, name: string): string {
  const table = parts['main'];
  if (!rows || table?.is !== 'table') return name;
  const groups = new Set(table.columns.filter((column) => rows.own.includes(column.name)).map(({ group }) => group));
  const objects = [...groups].flatMap((group) => table.groups[group]?.segments.map(({ data }) => data) ?? []);
  return objects.length ? objects.sort().join() : name;
}

/** Of a whole run: the same answers once. */
export function savedOnce(all: readonly Saved[]): Cost {
  const paid = new Set(all.filter(({ ran }) => ran).map(({ of }) => of));
  const most = new Map<string, Cost>();
  for (const { of, ran, cost } of all) if (ran || !paid.has(of)) most.set(of, larger(most.get(of), cost));
  return [...most.values()].reduce(sumCosts, NOTHING_SPENT);
}

const larger = (a: Cost | undefined, b: Cost): Cost => (a && a.calls >= b.calls && a.rows >= b.rows ? a : b);
