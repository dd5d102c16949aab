import { relative } from 'node:path';
import { endNow, INTERRUPTED, workingFolder } from '../process.js';
import { outcomeLines, runLines } from '../render/run-lines.js';
import { runAsked } from './asked.js';
import { errorLines } from './errors.js';
import { type Interrupts, interruptsOf } from './interrupts.js';
import { type Opened, openProject } from './opened.js';
import type { Line } from './parse.js';
import { run } from './run.js';
import { type Screen, screenOn } from './screen.js';
import { projectAsked, type Run, type Session } from './session.js';
import { nextChange, watchedFiles } from './watch.js';

export const command: Run = async (line, session) => {
  let screen: Screen | undefined;
  const interrupts = interruptsOf(session, { note: (line) => screen?.note(line) });
  let files: readonly string[] = [];
  while (!interrupts.drain.aborted) {
    try {
      interrupts.rest();
      const opened = await openProject(projectAsked(line));
      files = watchedFiles(opened);
      screen = screenOn(session);
      await runOnce(opened, { line, session, interrupts, screen });
    } catch (error) {
      if (files.length === 0) throw error;
      session.say(errorLines(error, line.has('verbose')));
    }
    screen = undefined;
    if (interrupts.drain.aborted) break;
    session.say([session.paint('dim', `watching ${files.length} files; Ctrl-C ends`)]);
    interrupts.listen();
    const changed = await nextChange(files, interrupts.drain);
    if (changed.length)
      session.say(['', `changed: ${changed.map((file) => relative(workingFolder(), file)).join(', ')}`]);
  }
  await interrupts.release();
  return 0;
};

interface Once {
  readonly line: Line;
  readonly session: Session;
  readonly interrupts: Interrupts;
  readonly screen: Screen;
}

async function runOnce(opened: Opened, { line, session, interrupts, screen }: Once): Promise<void> {
  const lines = runLines({ paint: session.paint, ...(session.terminal.live && { columns: session.terminal.columns }) });
  const outcome = await run(
    { ...runAsked(line, opened), drain: interrupts.drain },
    {
      ...opened,
      abort: interrupts.abort,
      onEvent: (event) => {
        interrupts.see(event);
        screen.event(event, lines(event));
      },
    },
  );
  screen.close(outcome ? outcomeLines(outcome, session.paint) : []);
  if (!outcome) await endNow(INTERRUPTED);
}
