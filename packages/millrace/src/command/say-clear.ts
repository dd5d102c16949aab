import { suggested } from '../render/suggested.js';
import { many } from '../render/words.js';
import { type Cleared, clear } from './clear.js';
import { openProject } from './opened.js';
import type { Line } from './parse.js';
import { sweptLines } from './say-gc.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const dryRun = line.has('dry-run');
  const swept = await clear(line.words, { all: line.has('all-versions'), below: line.has('below'), dryRun }, opened);
  if (session.json) session.tell({ store: opened.store.where, dryRun, ...swept });
  session.say(linesOf(swept, line));
  return 0;
};

function linesOf(cleared: Cleared, line: Line): string[] {
  const dryRun = line.has('dry-run');
  const kept = keptText(cleared);
  const back = cleared.takenBack.map(
    (stage) => `what was imported for ${stage} ${dryRun ? 'would count' : 'counts'} no more`,
  );
  if (back.length) return [...(cleared.objects.length ? sweptLines(cleared, dryRun) : []), ...back];
  if (cleared.objects.length) return [...sweptLines(cleared, dryRun), ...(kept ? [`kept: ${kept}`] : [])];
  return [
    kept
      ? `nothing to remove: ${kept}; ${suggested('run', '--force', ...line.words)} computes again`
      : 'nothing to remove: nothing is stored there',
  ];
}

function keptText({ keptFor }: Cleared): string | undefined {
  if (keptFor.length === 0) return undefined;
  const stages = [...new Set(keptFor)].join(', ');
  const others = `${many(keptFor.length, 'other entry', 'other entries')} of ${stages} ${keptFor.length === 1 ? 'holds' : 'hold'}`;
  return `${others} some of the same rows, so that the next run knows them; --below clears stages below too, --all-versions earlier versions`;
}
