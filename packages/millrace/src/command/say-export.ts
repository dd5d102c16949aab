import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import { bytes, many } from '../render/words.js';
import { type ExportFormat, exportStage, FORMATS, STDOUT } from './export.js';
import { openProject } from './opened.js';
import { remakingOf } from './remaking.js';
import { projectFor, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const name = line.words[0] as string;
  const to = line.text('to');
  const as = formatOf(line.text('as'), to);
  // A report tells of what stands below, too.
  const opened = await openProject(projectFor(as === 'report' ? undefined : [name], line));
  const done = await exportStage(
    name,
    {
      as,
      to,
      overwrite: line.has('overwrite'),
      baseline: line.text('baseline'),
      remaking: remakingOf(line, session),
      raw: line.has('raw'),
    },
    opened,
  );
  if (done.to === STDOUT) return 0;
  if (session.json) session.tell(done);
  const size = [done.rows === undefined ? '' : many(done.rows, 'row'), done.bytes ? bytes(done.bytes) : ''].filter(
    Boolean,
  );
  session.say([`${done.to}  ${size.join(', ')}`.trimEnd()]);
  return 0;
};

const ENDINGS: Readonly<Record<string, ExportFormat>> = { ndjson: 'jsonl', html: 'report', feather: 'arrow' };

/** As it is said, or as the ending says. */
function formatOf(said: string | undefined, to: string | undefined): ExportFormat | undefined {
  const ending = /\.([a-z]+)$/i.exec(to ?? '')?.[1]?.toLowerCase() ?? '';
  const wanted = said ?? ENDINGS[ending] ?? ending;
  if (!wanted) return undefined;
  const found = FORMATS.find((format) => format === wanted);
  if (found) return found;
  throw new Mistake(`Cannot export as ${wanted}. ${spelled(wanted, FORMATS, 'Write --as with one of')}`);
}
