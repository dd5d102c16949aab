import { jsonReasons } from '../render/json-events.js';
import { whyLines } from '../render/why-lines.js';
import { openProject } from './opened.js';
import { projectFor, type Run } from './session.js';
import { why } from './why.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectFor(line.words, line));
  const answer = await why(line.words[0] as string, opened);
  if (session.json)
    session.tell({
      ...answer,
      reasons: jsonReasons(answer.reasons),
      roots: answer.roots.map(({ stage, reasons }) => ({ stage, reasons: jsonReasons(reasons) })),
      ...(answer.nearest && { nearest: { ...answer.nearest, reasons: jsonReasons(answer.nearest.reasons) } }),
    });
  session.say(whyLines(answer, session.paint, Date.now()));
  return 0;
};
