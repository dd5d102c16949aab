import { requestsFor } from '../execute/requests.js';
import { type Node, rowsWork } from '../plan/node.js';
import type { Estimate } from '../plan/plan.js';
import type { Worth } from '../ports/store.js';

/** What earlier calls took: of the answers that are known, or of the stage as it was. */
export type Earlier = Partial<Worth> | undefined;

interface Asked {
  readonly rows: number;
  /** Length of the longest request, where requests are known. */
  readonly longest?: number;
  /** Also those that another stage of the run asks: where it has no answer they are tried here. */
  readonly tried: number;
}

/** So many rows are asked: what that takes at most, by the dearest call so far. */
export function askedEstimate(node: Node, { rows, tried, longest }: Asked, earlier: Earlier): Estimate {
  const work = rowsWork(node);
  const { config, options } = node.stage;
  const requests = (of: number) => (work ? requestsFor(of, { work, config, run: { node } }) : 0);
  const retries = options.retries ?? RETRIES;
  const { tokens, money } = grown(dearestOf(earlier), longest);
  return {
    seconds: secondsFor(rows, earlier),
    rows,
    calls: requests(rows),
    tries: triesFor(tried, requests(tried)) * (1 + retries),
    ...(tokens !== undefined && { tokens: tokens * rows }),
    ...(money !== undefined && { money: money * rows }),
  };
}

/** What a pure stage computes. */
export const computedEstimate = (rows: number, earlier: Earlier): Estimate => ({
  seconds: secondsFor(rows, earlier),
  rows,
  calls: 0,
  tries: 0,
});

type Dearest = NonNullable<Worth['dearest']>;

const RETRIES = 3;

/** A batch that fails is asked by halves, down to single rows. */
const triesFor = (rows: number, calls: number): number => (calls === rows ? calls : calls + 2 * rows);

const secondsFor = (rows: number, earlier: Earlier): number =>
  earlier?.rows ? ((earlier.seconds ?? 0) / earlier.rows) * rows : 0;

/** A longer request is no dearer than a token for each letter more. */
function grown({ tokens, money, request }: Dearest, longest: number = 0): Pick<Dearest, 'tokens' | 'money'> {
  const more = request === undefined ? 0 : Math.max(0, longest - request);
  return {
    ...(tokens !== undefined && { tokens: tokens + more }),
    ...(money !== undefined && { money: tokens ? (money * (tokens + more)) / tokens : money }),
  };
}

/** Entries of Millrace 0.1 know no dearest call. */
const dearestOf = (earlier: Earlier): Dearest => {
  if (earlier?.dearest) return earlier.dearest;
  const { calls = 0, tokens, money } = earlier ?? {};
  if (!calls) return {};
  return {
    ...(tokens !== undefined && { tokens: tokens / calls }),
    ...(money !== undefined && { money: money / calls }),
  };
};
