import type { Plan } from '@millrace/core';
import { askYes } from '../process.js';
import { textOn } from '../render/lines.js';
import { planLines } from '../render/plan-lines.js';
import { runLines } from '../render/run-lines.js';
import type { Line } from './parse.js';
import type { Remaking } from './readable.js';
import type { Session } from './session.js';

/** What `--remake` agrees to, after it has shown what that takes: a person at a terminal is asked, else the flag is enough. */
export function remakingOf(line: Line, session: Session): Remaking {
  const { terminal, paint } = session;
  const lines = runLines({ paint });
  const tell = (said: readonly string[]) => {
    if (said.length) terminal.warn(textOn(terminal, said));
  };
  const paid = async (plan: Plan) => {
    tell(['to make it again:', ...planLines(plan, paint)]);
    return askYes('Make it again? [y/N] ');
  };
  return {
    ...(line.has('remake') && { paid }),
    onEvent: (event) => {
      const isSaid = event.is !== 'stage-finished' || event.status === 'ran';
      const said = lines(event);
      if (isSaid) tell(said);
    },
  };
}
