import { type Cost, NOTHING_SPENT, type RunRecord } from '@millrace/core';
import { aligned } from '../render/lines.js';
import { costWords } from '../render/run-lines.js';
import { ago, many } from '../render/words.js';
import { openStoreOf } from './opened.js';
import { runName, runs } from './runs.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openStoreOf(projectAsked(line));
  const listed = runs({ limit: line.number('limit') }, opened);
  if (session.json) session.tell({ store: opened.store.where, runs: listed });
  session.say(listed.length ? aligned(listed.map(cellsOf)) : [`no runs in ${opened.store.where}`]);
  return 0;
};

function cellsOf(run: RunRecord): string[] {
  const stages = Object.values((run.outcome?.['stages'] ?? {}) as Record<string, { status: string }>);
  const ran = stages.filter(({ status }) => status === 'ran').length;
  const cost = costWords((run.outcome?.['cost'] ?? run.spent ?? NOTHING_SPENT) as Cost);
  const ended = run.open ? 'running' : ((run.outcome?.['ended'] as string | undefined) ?? 'killed');
  return [
    run.id.replace(/^0+(?=\d)/, ''),
    runName(run) ?? '',
    ago(run.at, Date.now()),
    ended,
    `${many(ran, 'stage')} ran`,
    cost,
  ];
}
