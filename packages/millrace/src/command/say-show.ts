import { Mistake } from '../mistake.js';
import { showLines } from '../render/show-lines.js';
import { openProject } from './opened.js';
import { remakingOf } from './remaking.js';
import { columnsOf, projectAsked, type Run } from './session.js';
import { show } from './show.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const columns = line
    .text('columns')
    ?.split(',')
    .map((name) => name.trim());
  const name = line.words[0] as string;
  const shown = await show(
    name,
    {
      rows: line.number('rows'),
      from: line.number('from'),
      columns,
      failed: line.has('failed'),
      remaking: remakingOf(line, session),
    },
    opened,
  ).catch(columns ? noSuchColumn(name, columns) : undefined);
  if (session.json) session.tell(shown);
  session.say(showLines(shown, { paint: session.paint, columns: columnsOf(session), now: Date.now() }));
  return 0;
};

const noSuchColumn = (name: string, columns: readonly string[]) => (error: Error) => {
  if (!/column/i.test(error.message)) throw error;
  throw new Mistake(
    `Cannot show ${columns.join(', ')} of ${name}: ${error.message} See millrace show ${name} for its columns.`,
  );
};
