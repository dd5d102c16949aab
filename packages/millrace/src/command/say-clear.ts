import { clear } from './clear.js';
import { openProject } from './opened.js';
import { sweptLines } from './say-gc.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const dryRun = line.has('dry-run');
  const swept = await clear(line.words, { all: line.has('all-versions'), below: line.has('below'), dryRun }, opened);
  if (session.json) session.tell({ store: opened.store.where, dryRun, ...swept });
  session.say(swept.objects.length ? sweptLines(swept, dryRun) : [HELD]);
  return 0;
};

const HELD =
  'nothing to remove: nothing is stored there, or stages below hold the same data; --below clears them too, run --force computes again';
