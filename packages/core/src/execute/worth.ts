import type { Column } from '../columns/column.js';
import { reader as valueReader } from '../columns/read.js';
import { natureOf } from '../plan/node.js';
import type { Cost, Worth } from '../ports/store.js';
import { reading } from '../tables/read.js';
import { distinct, narrowed, rowsIn, tableOf, windowsOf } from '../tables/segments.js';
import { NOTES } from './answers.js';
import { requestsFor } from './requests.js';
import type { RowsJob } from './rows-job.js';

/** What the answers of a stage cost when they were given: all of them, and those that were known before this run. */
export interface Answered {
  readonly all: Worth;
  readonly known: Cost;
}

/** By the notes beside the answers: what was paid, whichever run paid it. Times are not among them. */
export async function worthOf(job: RowsJob): Promise<Answered> {
  const { entries, log } = job;
  const { ranRows } = job.run;
  const known = ranRows.has(log.identity) ? 0 : job.known;
  ranRows.add(log.identity);
  const isPaid = (entry: number) => !log.memory.isGiven(entry);
  const isKnown = (entry: number) => entry >= 0 && entry < known && isPaid(entry);
  const once = distinct(entries, log.memory.size);
  const [all, before] = [new Sum(), new Sum()];
  await eachPaid(job, once, (entry, paid) => {
    all.add(paid);
    if (isKnown(entry)) before.add(paid);
  });
  const calls = (rows: number) => (natureOf(job.run.node) === 'pure' ? 0 : requestsFor(rows, job));
  return {
    all: {
      seconds: 0,
      rows: entries.length,
      calls: calls(once.filter(isPaid).length),
      ...all.sum,
      ...all.dearest(job.longest),
    },
    known: {
      seconds: 0,
      rows: entries.filter(isKnown).length,
      calls: calls(once.filter(isKnown).length),
      ...before.sum,
    },
  };
}

type Paid = Pick<Cost, 'tokens' | 'money'>;

async function eachPaid({ log }: RowsJob, once: Int32Array, see: (entry: number, paid: Paid) => void): Promise<void> {
  if (!log.of.noted) return;
  const noted = once.filter((entry) => log.memory.rowsOf(entry)[1] > 0);
  const rows = noted.map((entry) => log.memory.rowsOf(entry)[0]);
  const { segments, places } = narrowed({ segments: log.segments, places: rows });
  await reading(tableOf({ segments, maps: [] }, rowsIn(segments)), log.of.store, async (table) => {
    let at = 0;
    for (const some of windowsOf(places)) {
      const notes = valueReader((await table.pick([NOTES], some)).columns.get(NOTES) as Column);
      for (let row = 0; row < some.length; row++) see(noted[at++] as number, paidIn(notes(row)));
    }
  });
}

function paidIn(note: unknown): Paid {
  if (typeof note !== 'string') return {};
  const { tokens, money } = JSON.parse(note) as Record<string, unknown>;
  return { ...(typeof tokens === 'number' && { tokens }), ...(typeof money === 'number' && { money }) };
}

class Sum {
  #sum: { tokens?: number; money?: number } = {};
  #dearest: { tokens?: number; money?: number } = {};

  add(paid: Paid): void {
    for (const what of ['tokens', 'money'] as const) {
      const amount = paid[what];
      if (amount === undefined) continue;
      this.#sum[what] = (this.#sum[what] ?? 0) + amount;
      this.#dearest[what] = Math.max(this.#dearest[what] ?? 0, amount);
    }
  }

  get sum(): Paid {
    return this.#sum;
  }

  dearest(request: number): Pick<Worth, 'dearest'> {
    return Object.keys(this.#dearest).length ? { dearest: { ...this.#dearest, ...(request && { request }) } } : {};
  }
}
