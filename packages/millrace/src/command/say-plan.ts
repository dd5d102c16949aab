import { jsonPlan } from '../render/json-events.js';
import { planLines } from '../render/plan-lines.js';
import { runAsked } from './asked.js';
import { openProject } from './opened.js';
import { plan, wouldRun } from './plan.js';
import { columnsOf, projectAsked, type Run } from './session.js';

const SOMETHING_WOULD_RUN = 4;

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const made = await plan(runAsked(line, opened), opened);
  if (session.json) session.tell({ stages: jsonPlan(made) });
  session.say(planLines(made, session.paint, columnsOf(session)));
  return made.steps.some(wouldRun) ? SOMETHING_WOULD_RUN : 0;
};
