import type { RunRecord } from '@millrace/core';
import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import type { OpenedStore } from './opened.js';

/** Earlier runs, newest first. */
export const runs = (
  asked: { readonly limit?: number | undefined },
  { store }: Pick<OpenedStore, 'store'>,
): RunRecord[] => store.runs().slice(0, asked.limit ?? 20);

export const runName = (run: RunRecord): string | undefined => run.name ?? (run.about['name'] as string | undefined);

/** A run by id (leading zeros may be left out), by name (the newest of it), or `last` and `last-1`. */
export function runNamed(said: string, { store }: Pick<OpenedStore, 'store'>): RunRecord {
  const all = store.runs();
  const [, back] = /^last(?:-(\d+))?$/.exec(said) ?? [];
  const found =
    all.find((run) => runName(run) === said) ??
    all.find((run) => run.id === said || (/^\d+$/.test(said) && Number(run.id) === Number(said))) ??
    (said.startsWith('last') ? all[Number(back ?? 0)] : undefined);
  if (found) return found;
  if (said === 'last-1' && all.length === 1)
    throw new Mistake(
      `There is one run only in the store ${store.where}, and none before it to compare it with. Run again after an edit; runs are kept until they are swept.`,
    );
  const names = [...new Set(all.flatMap((run) => runName(run) ?? []))];
  throw new Mistake(
    `There is no run ${said} in the store ${store.where}. ${spelled(said, names, 'Runs with names')} See millrace runs.`,
  );
}
