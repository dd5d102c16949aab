import type { CallContext, Row, RowAnswer } from '@millrace/core';
import { eachRow } from '../functions/rows.js';
import { rowsInTime } from '../patterns/rows-in-time.js';
import { LATE, PatternThread } from '../patterns/thread.js';
import { endsWithin, ROW_LIMIT_MS, TookTooLong } from '../patterns/within.js';
import { type Extracted, picked } from './extracted.js';
import { type Extraction, openExtraction, type Run } from './extractor.js';
import type { RegexExtraction } from './regex.js';

interface Use {
  /** An extracted value as the columns of the stage. */
  readonly asRow: (extracted: Extracted) => Row;
  readonly context: Pick<CallContext<unknown, object>, 'options' | 'signal' | 'drain'>;
}

type Answers = readonly RowAnswer[] | Promise<readonly RowAnswer[]>;

/** An extraction that is given up where a row takes too long: a pattern may try its ways without end. */
export interface Timed {
  extract(rows: readonly Row[], use: Use): Answers;
  close(): Promise<void>;
}

/** A PDF is read by parts that wait; its limit is the engine's. */
export const limitsRows = (extraction: Extraction): boolean => extraction.kind !== 'pdf';

export async function openTimed(extraction: Extraction): Promise<Timed> {
  const run = await openExtraction(extraction);
  if (!limitsRows(extraction)) return { extract: (rows, use) => waiting(rows, run, use), close: async () => undefined };
  if (extraction.kind === 'regex') return timedRegex(extraction, run);
  const what = `The ${extraction.kind} extraction`;
  return {
    extract: (rows, use) => {
      const call = ({ from }: Row) => use.asRow(run(from) as Extracted);
      return rowsInTime(rows, call, ([row]) => alone(() => call(row as Row), { what, limitMs: limitOf(use) }));
    },
    close: async () => undefined,
  };
}

const waiting = (rows: readonly Row[], run: Run, { asRow }: Use): Answers =>
  eachRow(rows, async ({ from }) => asRow(await run(from)));

function timedRegex(extraction: RegexExtraction, run: Run): Timed {
  const { source, flags, take, match } = extraction;
  const thread = new PatternThread({ source, flags: `${flags}g`, take });
  const inThread = async (rows: readonly Row[], use: Use): Promise<readonly RowAnswer[]> => {
    const { signal, drain } = use.context;
    const limitMs = limitOf(use);
    const texts = rows.flatMap(({ from }) => (typeof from === 'string' ? [from] : []));
    const found = await thread.find(texts, { limitMs, stop: AbortSignal.any([signal, drain]) });
    let at = 0;
    return rows.map(({ from }) => {
      if (typeof from !== 'string') return use.asRow(run(from) as Extracted);
      const values = found[at++] as (typeof found)[number];
      return values === LATE ? new TookTooLong(`The pattern /${source}/`, limitMs) : use.asRow(picked(values, match));
    });
  };
  return {
    extract: (rows, use) =>
      rowsInTime(
        rows,
        ({ from }) => use.asRow(run(from) as Extracted),
        (rest) => inThread(rest, use),
      ),
    close: () => thread.close(),
  };
}

/** In the one thread there is: nothing else happens meanwhile. */
function alone(call: () => Row, { what, limitMs }: { readonly what: string; readonly limitMs: number }): RowAnswer {
  let answer: RowAnswer | undefined;
  endsWithin(limitMs, () => {
    try {
      answer = call();
    } catch (error) {
      answer = error instanceof Error ? error : new Error(String(error));
    }
  });
  return answer ?? new TookTooLong(what, limitMs);
}

/** 0: none. */
function limitOf({ context }: Use): number {
  const { timeoutMs = ROW_LIMIT_MS } = context.options as { readonly timeoutMs?: number };
  return timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs;
}
