import { typed } from '../render/typed.js';
import { many } from '../render/words.js';
import { importTable } from './import.js';
import { openProject } from './opened.js';
import { projectFor, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const [name = '', file = ''] = line.words;
  const opened = await openProject(projectFor([name], line));
  const done = await importTable(name, file, opened);
  if (session.json) session.tell(done);
  session.say([
    `${done.stage}: ${many(done.rows, 'row')} of ${file} are its result from now on (imported; millrace clear ${typed(done.stage)} removes it)`,
  ]);
  return 0;
};
