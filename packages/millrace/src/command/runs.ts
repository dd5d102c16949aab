import { type RunRecord, runsBegun, type Store } from '@millrace/core';
import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import { suggested } from '../render/suggested.js';
import type { OpenedStore } from './opened.js';

/** Earlier runs, newest first. */
export const runs = (
  asked: { readonly limit?: number | undefined },
  { store }: Pick<OpenedStore, 'store'>,
): RunRecord[] => [...runsBegun(store, asked.limit ?? 20)];

export const runName = (run: RunRecord): string | undefined => run.name ?? (run.about['name'] as string | undefined);

const LAST = /^last(?:-(\d+))?$/;
const NUMBER = /^\d+$/;

/** What stands for a run already is no name for another. */
export function checkRunName(name: string | undefined): string | undefined {
  if (name === undefined || !(LAST.test(name) || NUMBER.test(name))) return name;
  throw new Mistake(
    `A run cannot be called ${name}: that is how a run goes by its number or its age, in millrace diff and check. Choose another --name.`,
  );
}

/** A run by `last` and `last-1`, by number (leading zeros may be left out), or by name (the newest of it). */
export function runNamed(said: string, { store }: Pick<OpenedStore, 'store'>): RunRecord {
  const names = new Set<string>();
  const found = LAST.test(said)
    ? back(said, store)
    : NUMBER.test(said)
      ? numbered(said, store)
      : called(said, { store, names });
  if (found) return found;
  if (said === 'last-1' && runsBegun(store, 2).length === 1)
    throw new Mistake(
      `There is one run only in the store ${store.where}, and none before it to compare it with. Run again after an edit; runs are kept until they are swept.`,
    );
  throw new Mistake(
    `There is no run ${said} in the store ${store.where}. ${spelled(said, [...names], 'Runs with names')} ${suggested('runs')} lists them.`,
  );
}

function back(said: string, store: Store): RunRecord | undefined {
  const steps = Number(LAST.exec(said)?.[1] ?? 0);
  return runsBegun(store, steps + 1)[steps];
}

function numbered(said: string, store: Store): RunRecord | undefined {
  const [found] = store.runs(1, String(Number(said) + 1));
  return found && Number(found.id) === Number(said) ? found : undefined;
}

const PAGE = 100;

/** From the newest back, by pages that grow, so that a name of late is found early. */
function called(said: string, { store, names }: { store: Store; names: Set<string> }): RunRecord | undefined {
  let before: string | undefined;
  for (let most = PAGE; ; most *= 2) {
    const page = store.runs(most, before);
    const found = page.find((run) => runName(run) === said || run.id === said);
    if (found) return found;
    for (const run of page) names.add(runName(run) ?? '');
    names.delete('');
    if (page.length < most) return undefined;
    before = page.at(-1)?.id;
  }
}
