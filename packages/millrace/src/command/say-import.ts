import { suggested } from '../render/suggested.js';
import { many } from '../render/words.js';
import { type Imported, importTable } from './import.js';
import { openProject } from './opened.js';
import { projectFor, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const [name = '', file = ''] = line.words;
  const opened = await openProject(projectFor([name], line));
  const done = await importTable(name, file, opened);
  if (session.json) session.tell(done);
  session.say([
    `${done.stage}: ${many(done.rows, 'row')} of ${file} ${done.rows === 1 ? 'is' : 'are'} its result from now on (imported; ${suggested('clear', done.stage)} removes it)`,
    ...(done.later ? [laterLine(done.later, done.rows)] : []),
  ]);
  return 0;
};

function laterLine({ rows, are, because }: NonNullable<Imported['later']>, all: number): string {
  const [who, count, those] = rows === 1 ? ['it', 'counts', 'it is'] : ['they', 'count', `these ${rows} are`];
  return `${rows === all ? who : `${rows} of them`} ${count} as long as the input stays as it is: where a row is added, ${those} ${are} again. ${because}.`;
}
