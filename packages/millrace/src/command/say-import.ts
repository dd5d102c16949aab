import { suggested } from '../render/typed.js';
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
    `${done.stage}: ${many(done.rows, 'row')} of ${file} are its result from now on (imported; ${suggested('clear', done.stage)} removes it)`,
    ...(done.later ? [laterLine(done.later, done.rows)] : []),
  ]);
  return 0;
};

const laterLine = ({ rows, are, because }: NonNullable<Imported['later']>, all: number): string =>
  `${rows === all ? 'they' : `${rows} of them`} count as long as the input stays as it is: where a row is added, ${rows === 1 ? 'it is' : `these ${rows} are`} ${are} again. ${because}.`;
