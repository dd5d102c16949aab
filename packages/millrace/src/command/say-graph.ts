import { writeText } from '../disk.js';
import { Mistake } from '../mistake.js';
import { dot, mermaid, svg } from '../render/graphs.js';
import { spelled } from '../render/spelling.js';
import { graph } from './graph.js';
import { openProject } from './opened.js';
import { projectAsked, type Run } from './session.js';

const FORMATS = { mermaid, dot, svg };

export const command: Run = async (line, session) => {
  const to = line.text('to');
  const said = line.text('as') ?? (/\.(svg|dot)$/.exec(to ?? '')?.[1] || 'mermaid');
  if (!Object.hasOwn(FORMATS, said))
    throw new Mistake(
      `Cannot draw the graph as ${said}. ${spelled(said, Object.keys(FORMATS), 'Write --as with one of')}`,
    );
  const shown = await graph({ status: line.has('status') }, await openProject(projectAsked(line)));
  if (session.json) session.tell(shown);
  const text = FORMATS[said as keyof typeof FORMATS](shown);
  if (to !== undefined) writeText(to, text);
  session.say(to === undefined ? text.trimEnd().split('\n') : [to]);
  return 0;
};
