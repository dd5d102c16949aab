import { planGraph, type Stored } from '@millrace/core';
import type { Opened, OpenedStore } from './opened.js';

export interface ListedEntry {
  readonly fingerprint: string;
  readonly stage: string;
  readonly label: string;
  readonly status: Stored['status'];
  readonly origin: Stored['origin'];
  readonly rows?: number;
  /** Rows of each table, where there are several. */
  readonly parts?: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** Of its objects some were swept. */
  readonly swept: boolean;
  readonly at: string;
  readonly worth: Stored['worth'];
  /** Of this pipeline as it is now. */
  readonly current: boolean;
}

/** What the store holds, newest first: of one pipeline as it is now, or everything. */
export async function ls(
  asked: { readonly all?: boolean },
  opened: OpenedStore & Partial<Opened>,
): Promise<ListedEntry[]> {
  const { store, graph, ports } = opened;
  const steps = graph && ports ? (await planGraph(graph, {}, ports)).plan.steps : [];
  const current = new Map(steps.map((step) => [step.fingerprint, step.name]));
  const entries = new Map([...store.entries()].map((entry) => [entry.fingerprint, entry]));
  return store
    .ls()
    .filter(({ fingerprint }) => asked.all || !graph || current.has(fingerprint))
    .map(({ fingerprint, label, status, origin, bytes, missing, at, worth }) => ({
      fingerprint,
      stage: current.get(fingerprint) ?? namesOf(entries.get(fingerprint)),
      label,
      status,
      origin,
      ...rowsOf(entries.get(fingerprint)),
      bytes,
      swept: missing > 0,
      at,
      worth,
      current: current.has(fingerprint),
    }));
}

const namesOf = (entry: Stored | undefined): string => ((entry?.detail['names'] ?? []) as readonly string[])[0] ?? '';

function rowsOf(entry: Stored | undefined): Pick<ListedEntry, 'rows' | 'parts'> {
  const tables = Object.entries(entry?.parts ?? {}).flatMap(([part, output]) =>
    output.is === 'table' ? [[part, output.rows] as const] : [],
  );
  const [one] = tables;
  return one === undefined ? {} : tables.length === 1 ? { rows: one[1] } : { parts: Object.fromEntries(tables) };
}
