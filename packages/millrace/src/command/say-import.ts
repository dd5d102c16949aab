import { typed } from '../render/typed.js';
import { many } from '../render/words.js';
import { importTable } from './import.js';
import { openProject } from './opened.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const [name = '', file = ''] = line.words;
  const done = await importTable(name, file, opened);
  if (session.json) session.tell(done);
  session.say([
    `${done.stage}: ${many(done.rows, 'row')} of ${file} are its result from now on (imported; millrace clear ${typed(done.stage)} removes it)`,
  ]);
  return 0;
};
