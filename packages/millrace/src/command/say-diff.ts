import { diffLines } from '../render/diff-lines.js';
import { diff } from './diff.js';
import { openStoreOf } from './opened.js';
import { columnsOf, projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openStoreOf(projectAsked(line));
  const [before = 'last-1', after = 'last'] = line.words;
  const found = await diff(before, after, opened);
  if (session.json) session.tell(found);
  session.say(diffLines(found, { paint: session.paint, columns: columnsOf(session) }));
  return 0;
};
