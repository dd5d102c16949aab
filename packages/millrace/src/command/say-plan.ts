import { Mistake } from '../mistake.js';
import { jsonPlan } from '../render/json-events.js';
import { planLines } from '../render/plan-lines.js';
import { requestLines } from '../render/request-lines.js';
import { suggested } from '../render/suggested.js';
import { namedOnly, namesIn, runAsked } from './asked.js';
import { type Opened, openProject } from './opened.js';
import type { Line } from './parse.js';
import { plan, wouldRun } from './plan.js';
import { requests } from './requests.js';
import { columnsOf, projectFor, type Run } from './session.js';

function stagesOf({ words }: Line, opened: Opened): string[] {
  if (words.length === 0)
    throw new Mistake(
      `Cannot show requests: no stage is named. Name it: ${suggested('plan', 'answers', '--requests', '3')}.`,
    );
  return namesIn(words, opened);
}

const SOMETHING_WOULD_RUN = 4;

export const command: Run = async (line, session) => {
  const opened = await openProject(projectFor(namedOnly(line), line));
  const made = await plan(runAsked(line, opened), opened);
  const most = line.number('requests');
  const ahead = most === undefined ? undefined : await requests({ stages: stagesOf(line, opened), most }, made, opened);
  if (session.json) session.tell({ stages: jsonPlan(made), ...(ahead && { requests: ahead }) });
  session.say([...planLines(made, session.paint, columnsOf(session)), ...(ahead ?? []).flatMap(requestLines)]);
  return made.steps.some(wouldRun) ? SOMETHING_WOULD_RUN : 0;
};
