import type { RunOutcome } from '@millrace/core';
import { endNow, INTERRUPTED } from '../process.js';
import { jsonEvent } from '../render/json-events.js';
import { outcomeLines, runLines } from '../render/run-lines.js';
import { sweepAfter } from './after-run.js';
import { namedOnly, runAsked } from './asked.js';
import { linkNames } from './by-name.js';
import { interruptsOf } from './interrupts.js';
import { openProject } from './opened.js';
import { run } from './run.js';
import { command as plan } from './say-plan.js';
import { screenOn } from './screen.js';
import { projectFor, type Run, type Session } from './session.js';

const CODES: Record<RunOutcome['ended'], number> = {
  done: 0,
  'failed rows': 1,
  failed: 1,
  'stopped by budget': 3,
  interrupted: INTERRUPTED,
};

export const command: Run = async (line, session) => {
  if (line.has('dry-run')) return plan(line, session);
  const opened = await openProject(projectFor(namedOnly(line), line));
  const screen = screenOn(session);
  const interrupts = interruptsOf(session, screen);
  const lines = runLines({ paint: session.paint, ...(session.terminal.live && { columns: session.terminal.columns }) });
  try {
    const outcome = await run(
      { ...runAsked(line, opened), frozen: line.has('frozen'), drain: interrupts.drain },
      {
        ...opened,
        abort: interrupts.abort,
        onEvent: (event) => {
          interrupts.see(event);
          if (session.json) tellEvent(session, jsonEvent(event));
          if (!session.json || event.is === 'printed') screen.event(event, lines(event));
        },
      },
    );
    screen.close(
      outcome
        ? outcomeLines(outcome, session.paint)
        : ['stopped at once: what was answered is kept; resume with the same command'],
    );
    if (outcome?.ended === 'done' && !line.has('no-cache')) {
      await sweepAfter(opened, session);
      if (Object.values(outcome.stages).some(({ status }) => status !== 'reused')) linkNames(opened);
    }
    return outcome ? CODES[outcome.ended] : await endNow(INTERRUPTED);
  } finally {
    await interrupts.release();
    screen.close([]);
  }
};

const tellEvent = (session: Session, event: Record<string, unknown> | undefined): void => {
  if (event) session.tell(event);
};
