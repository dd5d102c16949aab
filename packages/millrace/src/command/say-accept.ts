import { jsonReasons } from '../render/json-events.js';
import { reasonsText } from '../render/reasons.js';
import { accept, unaccept } from './accept.js';
import { openProject } from './opened.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const name = line.words[0] as string;
  const done = line.has('undo') ? await unaccept(name, opened) : await accept(name, opened);
  if (session.json) session.tell({ ...done, reasons: jsonReasons(done.reasons) });
  session.say([
    line.has('undo')
      ? `${done.stage}: taken back; it runs again`
      : `${done.stage}: the results of ${done.from.slice(0, 12)} are kept although ${reasonsText(done.reasons)}; millrace accept ${done.stage} --undo takes it back`,
  ]);
  return 0;
};
