import {
  acceptedRows,
  cutoffKey,
  type Entry,
  inputDigests,
  known,
  nameOf,
  newestNamed,
  outputsOf,
  type Plan,
  rowIdentity,
  type Step,
  type Stored,
} from '@millrace/core';
import { Mistake } from '../mistake.js';
import { suggested } from '../render/suggested.js';
import type { Opened } from './opened.js';
import { plannedStage } from './stage-named.js';

export interface Accepted {
  readonly stage: string;
  readonly fingerprint: string;
  /** Whose results are kept. */
  readonly from: string;
  readonly reasons: Step['reasons'];
}

/** The code changed, the meaning did not: what is stored counts for the stage as it is now. Marked, and reversible. */
export async function accept(name: string, opened: Opened): Promise<Accepted> {
  const { step, plan } = await plannedStage(name, opened);
  const before = newestNamed(step.node, opened.store);
  if (step.decision.status === 'reused')
    throw new Mistake(
      `There is nothing to accept: ${step.name} is reused as it is. Run ${suggested('why', step.name)} to see why.`,
    );
  if (!before || before.fingerprint === step.fingerprint)
    throw new Mistake(
      `There is nothing to accept: no earlier result of ${step.name} is complete. Run it: ${suggested('run', step.name)}.`,
    );
  const inputs = inputsOf(step, plan);
  if (JSON.stringify(inputs.read) !== JSON.stringify(sortedAs(before.inputs, inputs.read)))
    throw new Mistake(
      `Cannot accept what is stored of ${step.name}: its inputs have other content now, so other rows would stand beside it. Run it: ${suggested('run', step.name)}.`,
    );
  const entry = entryFrom(before, step, inputs);
  noteRows(entry, before.rows?.identity ?? null, opened);
  opened.store.commit(entry, { cutoff: cutoffKey(step.node, inputs.read) });
  noteNewest(step, step.fingerprint, opened);
  return { stage: step.name, fingerprint: step.fingerprint, from: before.fingerprint, reasons: step.reasons };
}

/** Takes an acceptance back: the stage runs again. */
export async function unaccept(name: string, opened: Opened): Promise<Accepted> {
  const { step } = await plannedStage(name, opened);
  const entry = opened.store.entry(step.fingerprint);
  if (entry?.origin !== 'accepted')
    throw new Mistake(
      `There is nothing to take back: what is stored of ${step.name} was not accepted. See ${suggested('show', step.name)}.`,
    );
  noteRows(entry, null, opened);
  opened.store.forget(step.fingerprint);
  const from = String(entry.facts['acceptedFrom']);
  noteNewest(step, from, opened);
  return { stage: step.name, fingerprint: step.fingerprint, from, reasons: [] };
}

/** Whose rows count for the accepted stage too: rows that come later run, the others do not. */
function noteRows({ rows }: Entry, identity: string | null, { store }: Opened): void {
  if (rows && rows.identity !== identity) store.putFact(acceptedRows(rows.identity), identity);
}

/** What the next plan compares with, as a run notes it. */
export function noteNewest({ node }: Pick<Step, 'node'>, fingerprint: string, { store }: Pick<Opened, 'store'>): void {
  for (const name of node.names) store.putFact(`last:${name}`, fingerprint);
}

interface KnownInputs {
  readonly known: NonNullable<ReturnType<typeof known>>;
  readonly read: Stored['inputs'];
}

export function inputsOf(step: Step, plan: Plan): KnownInputs {
  const decisions = new Map(plan.steps.map(({ node, decision }) => [node, decision]));
  const now = known(step.node, (node) => outputsOf(decisions.get(node)));
  if (now) return { known: now, read: inputDigests(step.node, now) };
  const above = step.node.inputs.map(({ node }) => nameOf(node));
  throw new Mistake(
    `The inputs of ${step.name} are not known yet: ${above.join(', ')} must run first. Run ${suggested('run', ...above)}.`,
  );
}

const sortedAs = (given: Stored['inputs'], as: Stored['inputs']): unknown =>
  Object.fromEntries(
    Object.entries(as).map(([role, columns]) => [
      role,
      Object.fromEntries(
        [...new Set([...Object.keys(columns), ...Object.keys(given[role] ?? {})])].map((name) => [
          name,
          given[role]?.[name],
        ]),
      ),
    ]),
  );

function entryFrom(before: Stored, { node, label, fingerprint }: Step, { known: now, read }: KnownInputs): Entry {
  const { counter: _, rows, ...kept } = before;
  const rowWise = node.stage.kind.work.is === 'rows';
  return {
    ...kept,
    fingerprint,
    recipe: node.recipe,
    label,
    status: 'complete',
    origin: 'accepted',
    inputs: read,
    ...(rows && { rows: rowWise ? { ...rows, identity: rowIdentity(node, now) } : rows }),
    cost: { seconds: 0, rows: 0, calls: 0 },
    facts: { ...before.facts, acceptedFrom: before.fingerprint },
    detail: { ...before.detail, units: node.units, names: node.names },
    at: new Date().toISOString(),
  };
}
