import { showLines } from '../render/show-lines.js';
import { openProject } from './opened.js';
import { plainRow } from './plain-row.js';
import { remakingOf } from './remaking.js';
import { columnsOf, projectFor, type Run } from './session.js';
import { type Shown, show } from './show.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectFor(line.words, line));
  const columns = line
    .text('columns')
    ?.split(',')
    .map((name) => name.trim());
  const shown = await show(
    line.words[0] as string,
    {
      rows: line.number('rows'),
      from: line.number('from'),
      columns,
      failed: line.has('failed'),
      code: line.has('code'),
      requests: line.has('requests') ? (line.number('requests') ?? Number.POSITIVE_INFINITY) : undefined,
      remaking: remakingOf(line, session),
    },
    opened,
  );
  if (session.json) session.tell({ ...shown, is: plainContent(shown.is) });
  session.say(showLines(shown, { paint: session.paint, columns: columnsOf(session), now: Date.now() }));
  return 0;
};

const plainContent = (is: Shown['is']): Shown['is'] =>
  is.is === 'table' ? { ...is, rows: is.rows.map(plainRow(is.columns)) } : is;
