import type { Swept } from '@millrace/arrow-store';
import { sweepDownloads } from '@millrace/stages/process';
import { bytes, many } from '../render/words.js';
import { ageOf, sizeOf } from './amounts.js';
import { gc } from './gc.js';
import { openStoreOf } from './opened.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openStoreOf(projectAsked(line));
  const age = line.text('max-age');
  const size = line.text('max-size');
  const grace = line.text('grace');
  const swept = gc(
    {
      ...(age !== undefined && { maxAgeMs: ageOf(age, '--max-age') }),
      ...(size !== undefined && { maxBytes: sizeOf(size, '--max-size') }),
      ...(grace !== undefined && { graceMs: ageOf(grace, '--grace') }),
      dryRun: line.has('dry-run'),
    },
    opened,
  );
  const dryRun = line.has('dry-run');
  const halves = await sweepDownloads({ look: dryRun });
  if (session.json) session.tell({ store: opened.store.where, dryRun, ...swept, halfDownloads: halves });
  session.say([...sweptLines(swept, dryRun), ...halfLines(halves, dryRun)]);
  return 0;
};

const halfLines = (halves: number, dryRun: boolean): string[] =>
  halves
    ? [`${dryRun ? 'would remove' : 'removed'} ${bytes(halves)} that killed runs had downloaded half into your cache`]
    : [];

export function sweptLines({ objects, attempts, bytes: size, entries, waiting }: Swept, dryRun: boolean): string[] {
  if (objects.length + attempts === 0) return ['nothing to remove'];
  const what = `${many(objects.length, 'object')}${attempts ? ` and ${many(attempts, 'unfinished attempt')}` : ''}`;
  return [
    `${dryRun ? 'would remove' : 'removed'} ${bytes(size)} in ${what}; ${many(entries, 'entry', 'entries')} would be computed again when needed`,
    ...(waiting && !dryRun ? [`${bytes(waiting)} of it lies in the trash until its grace is over`] : []),
  ];
}
