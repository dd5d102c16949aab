import { jsonReasons } from '../render/json-events.js';
import { reasonsText } from '../render/reasons.js';
import { suggested } from '../render/suggested.js';
import { many } from '../render/words.js';
import { accept, unaccept } from './accept.js';
import { acceptFailed, unacceptFailed } from './accept-failed.js';
import { type Opened, openProject } from './opened.js';
import type { Line } from './parse.js';
import { projectFor, type Run, type Session } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectFor(line.words, line));
  await (line.has('failed') ? sayFailed : sayStage)(line, session, opened);
  return 0;
};

async function sayStage(line: Line, session: Session, opened: Opened): Promise<void> {
  const name = line.words[0] as string;
  const done = line.has('undo') ? await unaccept(name, opened) : await accept(name, opened);
  if (session.json) session.tell({ ...done, reasons: jsonReasons(done.reasons) });
  session.say([
    line.has('undo')
      ? `${done.stage}: taken back; it runs again`
      : `${done.stage}: the results of ${done.from.slice(0, 12)} are kept although ${reasonsText(done.reasons)}; ${suggested('accept', done.stage, '--undo')} takes it back`,
  ]);
}

async function sayFailed(line: Line, session: Session, opened: Opened): Promise<void> {
  const name = line.words[0] as string;
  const done = line.has('undo') ? await unacceptFailed(name, opened) : await acceptFailed(name, opened);
  if (session.json) session.tell(done);
  const rows = many(done.rows, 'failed row');
  session.say([
    line.has('undo')
      ? `${done.stage}: ${rows} taken back; they failed again`
      : `${done.stage}: ${rows} accepted; they count as answered with nothing; ${suggested('accept', done.stage, '--failed', '--undo')} takes it back`,
  ]);
}
