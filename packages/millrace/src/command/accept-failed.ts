import {
  acceptedFact,
  acceptedFailures,
  cutoffKey,
  type Entry,
  failedOf,
  failuresAccepted,
  type KeptFailure,
  type Step,
  type Stored,
  type TableOutput,
  TableReader,
} from '@millrace/core';
import { Mistake } from '../mistake.js';
import { suggested } from '../render/suggested.js';
import type { Opened } from './opened.js';
import { plannedStage } from './stage-named.js';

export interface AcceptedRows {
  readonly stage: string;
  readonly fingerprint: string;
  readonly rows: number;
}

/** Rows that failed count as answered with nothing from now on, also under a later edit. Marked, and reversible. */
export async function acceptFailed(name: string, opened: Opened): Promise<AcceptedRows> {
  const { step, entry, identity } = await rowsOf(name, opened);
  const failures = await failuresOf(entry, opened);
  const own = failures.filter(({ call, accepted }) => call !== undefined && !accepted);
  if (own.length === 0) throw nothingFailed(step, failures.filter(({ accepted }) => !accepted).length);
  const now = Object.fromEntries(own.map(({ call, message }) => [call, message]));
  opened.store.putFact(acceptedFailures(identity), { ...failuresAccepted(identity, opened.store), ...now });
  const wanted = new Set(own);
  await keep(
    entry,
    failures.map((failure) => (wanted.has(failure) ? { ...failure, accepted: true } : failure)),
    { step, opened },
  );
  return { stage: step.name, fingerprint: step.fingerprint, rows: own.length };
}

/** Takes that back: the rows failed, and are asked again as failed rows are. */
export async function unacceptFailed(name: string, opened: Opened): Promise<AcceptedRows> {
  const { step, identity } = await rowsOf(name, opened);
  const before = failuresAccepted(identity, opened.store);
  if (!before)
    throw new Mistake(
      `There is nothing to take back: no failed row of ${step.name} was accepted. See ${suggested('show', step.name, '--failed')}.`,
    );
  opened.store.putFact(acceptedFailures(identity), null);
  for (const entry of [...opened.store.entries()]) {
    if (entry.rows?.identity !== identity || entry.facts['accepted'] === undefined) continue;
    const failures = await failuresOf(entry, opened);
    opened.store.forget(entry.fingerprint);
    await keep(
      entry,
      failures.map(({ accepted: _, ...failure }) => failure),
      { step, opened },
    );
  }
  return { stage: step.name, fingerprint: step.fingerprint, rows: Object.keys(before).length };
}

interface RowsOfStage {
  readonly step: Step;
  readonly entry: Stored;
  readonly identity: string;
}

async function rowsOf(name: string, opened: Opened): Promise<RowsOfStage> {
  const { step } = await plannedStage(name, opened);
  const entry = opened.store.entry(step.fingerprint);
  if (!entry)
    throw new Mistake(
      `Nothing is stored of ${step.name} as it is now, so nobody knows which rows fail. Run it: ${suggested('run', step.name)}.`,
    );
  if (!entry.rows)
    throw new Mistake(
      `${step.name} is no stage of rows, so that none of them can have failed by itself. millrace accept takes a stage of rows: generate, extract, embed, map.`,
    );
  return { step, entry, identity: entry.rows.identity };
}

async function failuresOf({ parts }: Stored, { store }: Opened): Promise<readonly KeptFailure[]> {
  const { main } = parts;
  return main?.is === 'table' ? new TableReader(main, store).allFailures() : [];
}

async function keep(
  entry: Stored,
  failures: readonly KeptFailure[],
  { step, opened }: { step: Step; opened: Opened },
): Promise<void> {
  const { counter: _, ...kept } = entry;
  const { main } = entry.parts;
  if (main?.is !== 'table') throw new Error('BUG: a stage of rows gives no table');
  const now = await tableWith(main, failures, opened);
  const accepted = failures.filter((failure) => failure.accepted).length;
  const { accepted: before, ...facts } = entry.facts;
  const complete = now.failed === 0;
  const made: Entry = {
    ...kept,
    status: complete ? 'complete' : 'incomplete',
    parts: { ...entry.parts, main: now },
    facts: { ...facts, ...(accepted && { accepted: acceptedFact(accepted) }) },
  };
  opened.store.commit(made, complete ? { cutoff: cutoffKey(step.node, entry.inputs) } : {});
}

async function tableWith(
  table: TableOutput,
  failures: readonly KeptFailure[],
  { store }: Opened,
): Promise<TableOutput> {
  const { failed, failures: before, failedRows, ...rest } = table;
  return { ...rest, ...(await failedOf(failures, store)) };
}

const nothingFailed = ({ name }: Step, above: number): Mistake =>
  new Mistake(
    above
      ? `No row of ${name} failed by itself: ${above} failed above it. Accept them where they failed; ${suggested('show', name, '--failed')} says why they did.`
      : `There is nothing to accept: no row of ${name} failed. See ${suggested('show', name, '--failed')}.`,
  );
