import { clear } from './clear.js';
import { openProject } from './opened.js';
import { sweptLines } from './say-gc.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const dryRun = line.has('dry-run');
  const swept = await clear(line.words, { all: line.has('all-versions'), dryRun }, opened);
  if (session.json) session.tell({ store: opened.store.where, dryRun, ...swept });
  session.say(sweptLines(swept, dryRun));
  return 0;
};
