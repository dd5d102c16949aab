import { lastValueFrom, tap } from 'rxjs';
import type { Graph } from './declare/pipeline.js';
import type { RunEvent, RunOutcome } from './execute/events.js';
import { natureOf } from './plan/node.js';
import type { Plan, Step } from './plan/plan.js';
import { forgetSweep } from './plan/swept.js';
import { foreseen, type RunPorts, runGraph } from './run.js';

/** What is read, of which run, and whether it may cost something. */
export interface RemakeAsked {
  /** Outputs or stages. */
  readonly names: readonly string[];
  readonly rows?: number | undefined;
  /** Whether stages that are no pure ones may run again, which are asked of others and perhaps paid. Default: no. */
  readonly paid?: ((plan: Plan) => boolean | Promise<boolean>) | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** Stored data that was read and is lost, and that no reader makes again by itself. */
export class DataLost extends Error {
  override readonly name = 'DataLost';
  constructor(
    message: string,
    /** What it asks of others to make it again, where that was not agreed to. */
    readonly asks?: string,
  ) {
    super(message);
  }
}

/**
 * Makes lost data of some outputs again, as a run does: pure stages at once, others only where that is agreed to. Nothing
 * that is still known is computed or asked again.
 */
export async function remake(graph: Graph, asked: RemakeAsked, ports: RunPorts): Promise<void> {
  const { names, rows } = asked;
  const plan = await foreseen(graph, { only: names, need: names, rows }, ports);
  const lost = plan.steps.filter(({ node }) => plan.must.run.has(node));
  const costing = lost.filter(({ node }) => natureOf(node) !== 'pure');
  if (costing.length && !(await asked.paid?.(plan))) throw refused(names, costing, ports);
  const wanted = costing.length ? names : lost.map(({ name }) => name);
  if (wanted.length === 0) return;
  let outcome: RunOutcome | undefined;
  const seen = (event: RunEvent) => {
    if (event.is === 'run-finished') outcome = event.outcome;
    asked.onEvent?.(event);
  };
  await lastValueFrom(runGraph(graph, { only: wanted, need: wanted, rows, remakes: names }, ports).pipe(tap(seen)));
  if (outcome?.ended !== 'done') throw stopped(names, wanted, outcome?.ended ?? 'interrupted');
}

/** From now on it counts as lost, swept or not: the next run makes it again. */
function refused(names: readonly string[], costing: readonly Step[], { store }: RunPorts): DataLost {
  for (const { fingerprint } of costing) forgetSweep(fingerprint, store);
  const asks = costing.map(askedOf).join(' and ');
  return new DataLost(
    `Cannot read ${names.join(', ')}: what the store ${store.where} holds of it is lost: it was swept, cleared or damaged. To make it again asks ${asks}, which no reader does unasked. Run the pipeline: the next run makes it again, and asks nothing that is still known.`,
    asks,
  );
}

const askedOf = ({ name, estimate }: Step): string => {
  const money = estimate?.money ? `, ${estimate.money.toFixed(2)} in money` : '';
  return estimate?.calls ? `at most ${estimate.calls} calls of ${name}${money}` : `${name} to run again`;
};

const stopped = (names: readonly string[], stages: readonly string[], ended: string): DataLost =>
  new DataLost(
    `Cannot read ${names.join(', ')}: its stored data is lost, and to make it again (${stages.join(', ')}) ended early: ${ended}. Run the pipeline to see why.`,
  );
