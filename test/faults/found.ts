import { dirname } from 'node:path';
import type { Change } from './power-cut.js';
import type { Scenario } from './scenarios.js';
import type { Fault } from './shim.js';

/** Of an output that is shown, the lines that are neither of before nor of after. A row that failed is shown without an answer. */
export const strange = (shown: string, known: readonly (string | undefined)[]): string[] => {
  const lines = new Set(known.flatMap((text) => text?.split('\n') ?? []));
  return shown.split('\n').filter((line) => !lines.has(line) && !line.endsWith(':null}'));
};

/** Of a bundle in one line, the beginning is enough. */
export const shortened = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.slice(0, 300))
    .join('\n')
    .slice(0, 1000);

/** Files of before that are others now, and files that were not there. */
export const changed = (
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): [string, string][] => [
  ...[...before].flatMap(([path, is]): [string, string][] =>
    after.get(path) === is ? [] : [[path, after.has(path) ? 'was changed' : 'is gone']],
  ),
  ...[...after.keys()].flatMap((path): [string, string][] => (before.has(path) ? [] : [[path, 'was made']])),
];

/** Calls beyond those of a run on a good disk. Answers in an object or a journal that the disk cannot read are lost, and bought again. */
export function again(
  asked: readonly string[],
  usual: { readonly scenario: Scenario; readonly asked: readonly string[] },
  { ops, how, said }: Fault & { readonly said: string },
): string[] {
  const rest = [...usual.asked];
  const more = asked.filter((each) => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  const isUnread = ops.includes('read') || ops.includes('open');
  if (how === 'EIO' && isUnread && /objects|journals/.test(said)) return [];
  return more.length > (usual.scenario.inFlight ?? 2) ? [`asked again: ${more}`] : [];
}

/** Paid answers in journals that have to survive: synced, and so the names on the way to them. The name of the model stands beside each. */
export function syncedAnswers(changes: readonly Change[]): number {
  const written = new Map<string, number>();
  const synced = new Map<string, number>();
  const unnamed = new Map<string, Set<string>>();
  for (const { op, path, text } of changes) {
    if (op === 'sync') for (const folders of unnamed.values()) folders.delete(path);
    if (!path.endsWith('.jnl')) continue;
    if (op === 'open') unnamed.set(path, new Set(foldersOf(path)));
    if (op === 'write' && /clerk|vectorist/.test(text.toString('latin1')))
      written.set(path, (written.get(path) ?? 0) + 1);
    if (op !== 'sync') continue;
    // The next one begins when the names were synced too, or should have been.
    if (synced.has(path)) unnamed.delete(path);
    synced.set(path, written.get(path) ?? 0);
  }
  const named = [...synced].filter(([path]) => !unnamed.get(path)?.size);
  return named.reduce((sum, [, answers]) => sum + answers, 0);
}

/** Up to the one that the store lies in. */
const foldersOf = (path: string): string[] => {
  const folder = dirname(path);
  return folder.includes('.millrace') ? [folder, ...foldersOf(folder)] : [folder];
};
