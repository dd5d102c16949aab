import type { Cost } from './store.js';

export const NOTHING_SPENT: Cost = { seconds: 0, rows: 0, calls: 0 };

export function sumCosts(a: Cost, b: Partial<Cost>): Cost {
  const tokens = (a.tokens ?? 0) + (b.tokens ?? 0);
  const money = (a.money ?? 0) + (b.money ?? 0);
  return {
    seconds: a.seconds + (b.seconds ?? 0),
    rows: a.rows + (b.rows ?? 0),
    calls: a.calls + (b.calls ?? 0),
    ...((a.tokens !== undefined || b.tokens !== undefined) && { tokens }),
    ...((a.money !== undefined || b.money !== undefined) && { money }),
  };
}
