import { relative } from 'node:path';
import { onInterrupt, workingFolder } from '../process.js';
import { outcomeLines, runLines } from '../render/run-lines.js';
import { runAsked } from './asked.js';
import { errorLines } from './errors.js';
import { type Opened, openProject } from './opened.js';
import type { Line } from './parse.js';
import { run } from './run.js';
import { screenOn } from './screen.js';
import { projectAsked, type Run, type Session } from './session.js';
import { nextChange, watchedFiles } from './watch.js';

export const command: Run = async (line, session) => {
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  let files: readonly string[] = [];
  while (!stop.signal.aborted) {
    try {
      const opened = await openProject(projectAsked(line));
      files = watchedFiles(opened);
      await runOnce(opened, { line, session, stop: stop.signal });
    } catch (error) {
      if (files.length === 0) throw error;
      session.say(errorLines(error, line.has('verbose')));
    }
    session.say([session.paint('dim', `watching ${files.length} files; Ctrl-C ends`)]);
    const changed = await nextChange(files, stop.signal);
    if (changed.length)
      session.say(['', `changed: ${changed.map((file) => relative(workingFolder(), file)).join(', ')}`]);
  }
  release();
  return 0;
};

async function runOnce(
  opened: Opened,
  { line, session, stop }: { line: Line; session: Session; stop: AbortSignal },
): Promise<void> {
  const screen = screenOn(session);
  const lines = runLines({ paint: session.paint, ...(session.terminal.live && { columns: session.terminal.columns }) });
  const outcome = await run(
    { ...runAsked(line, opened), drain: stop },
    { ...opened, onEvent: (event) => screen.event(event, lines(event)) },
  );
  screen.close(outcome ? outcomeLines(outcome, session.paint) : []);
}
