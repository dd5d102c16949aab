import { Observable } from 'rxjs';
import { checkRunOptions } from './declare/options.js';
import type { Graph } from './declare/pipeline.js';
import { redactError } from './declare/redact-values.js';
import { CannotRun, type RunEvent, redactEvent } from './execute/events.js';
import { Execution } from './execute/execution.js';
import { PlanAgain } from './execute/schedule.js';
import { foresee, type RequestsAsked, requestsAhead } from './foresee/foresee.js';
import type { RequestsAhead } from './foresee/requests.js';
import { missingColumns } from './plan/columns.js';
import type { Must } from './plan/decide.js';
import { lookThrough, type Reach } from './plan/look.js';
import { type Plan, plan } from './plan/plan.js';
import { preflight } from './plan/preflight.js';
import { type Problem, type Survey, survey } from './plan/survey.js';
import { mustOf, restrict, type Targets } from './plan/targets.js';
import type { CodeReader } from './ports/code.js';
import type { Store } from './ports/store.js';
import { problemText } from './report/problems.js';

/** What a run is asked. Nothing of it but `rows` is in a key. */
export interface RunAsked extends Targets {
  /** Only the first so many rows of each source: a cheap first try that counts when the rest follows. */
  readonly rows?: number | undefined;
  /** For people: `exp-1`. */
  readonly name?: string | undefined;
  /** Failures that count as answers (refusals) are asked again. */
  readonly retryFailed?: boolean | undefined;
  /** Other branches go on when a stage fails. */
  readonly keepGoing?: boolean | undefined;
  /** Stages at once. */
  readonly stages?: number | undefined;
  /** Calls at once in a stage that does not say itself. */
  readonly concurrency?: number | undefined;
  /** Stop before more than this is spent. */
  readonly maxCalls?: number | undefined;
  readonly maxCost?: number | undefined;
  /** Of the order in which ready stages start. */
  readonly seed?: number | undefined;
  /** Outputs that somebody reads and that were lost: no run that a person began. */
  readonly remakes?: readonly string[] | undefined;
  /** Aborted: take no more work, keep what is in flight, end as interrupted. Unsubscribing stops at once. */
  readonly drain?: AbortSignal | undefined;
}

const NAMES: { readonly [name in keyof Required<RunAsked>]: true } = {
  only: true,
  from: true,
  force: true,
  forceBelow: true,
  need: true,
  rows: true,
  name: true,
  retryFailed: true,
  keepGoing: true,
  stages: true,
  concurrency: true,
  maxCalls: true,
  maxCost: true,
  seed: true,
  remakes: true,
  drain: true,
};
/** A pipeline's own run hears of its events too. */
const ASKED = [...Object.keys(NAMES), 'onEvent'];

export interface RunPorts {
  readonly store: Store;
  readonly code: CodeReader;
  /** Where relative paths start. */
  readonly base: string;
  /** Where digests of files are noted, so that they need not be read again. Default: the store. */
  readonly shortcuts?: Pick<Store, 'fact' | 'putFact'> | undefined;
  /** What a stage may read of the disk. Default: all. */
  readonly reach?: Reach | undefined;
}

export interface Planned {
  readonly survey: Survey;
  readonly plan: Plan;
}

/** declare → survey → plan: one look at the world, then a decision for each stage. Writes nothing. */
export async function planGraph(graph: Graph, asked: RunAsked, ports: RunPorts): Promise<Planned> {
  try {
    return await planned(graph, asked, ports);
  } catch (error) {
    throw redactError(error);
  }
}

async function planned(graph: Graph, asked: RunAsked, ports: RunPorts): Promise<Planned> {
  checkRunOptions(asked, ASKED);
  const part = ok<Graph>(restrict(graph, asked.only));
  const seen = await survey(part, { rows: asked.rows }, { code: ports.code, look: lookThrough(ports) });
  ok(seen.problems.length ? [...seen.problems] : seen);
  const must = ok<Must>(mustOf(seen, part, asked));
  const made = plan(seen, ports.store, must);
  const missing = missingColumns(made);
  ok(missing.length ? missing : made);
  return { survey: seen, plan: made };
}

/** The plan, with what each stage takes at most. Writes nothing. */
export async function foreseen(graph: Graph, asked: RunAsked, ports: RunPorts): Promise<Plan> {
  const { plan } = await planGraph(graph, asked, ports);
  return foresee(plan, asked, ports);
}

/** The first requests that a stage will send. Writes nothing, asks nobody. */
export const requestsOf = async (plan: Plan, asked: RequestsAsked, ports: RunPorts): Promise<RequestsAhead> => {
  try {
    return await requestsAhead(plan, asked, ports);
  } catch (error) {
    throw redactError(error);
  }
};

/** … → execute → report. Cold: nothing happens before it is subscribed to, and unsubscribing stops it. */
export function runGraph(graph: Graph, asked: RunAsked, ports: RunPorts): Observable<RunEvent> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    // Without it Node ends in silence, and with success, once nothing but a promise is left to wait for.
    const held = setInterval(() => undefined, LONG_MS);
    obey(graph, asked, { ...ports, signal: stop.signal, emit: (event) => subscriber.next(redactEvent(event)) }).then(
      () => subscriber.complete(),
      (error) => subscriber.error(redactError(error)),
    );
    return () => {
      clearInterval(held);
      stop.abort();
    };
  });
}

const LONG_MS = 2 ** 30;

interface Running extends RunPorts {
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

async function obey(graph: Graph, asked: RunAsked, ports: Running): Promise<void> {
  const first = await planGraph(graph, asked, ports);
  const problems = await preflight(first.plan, asked, ports.store);
  ok(problems.length ? problems : first);
  const execution = Execution.begin(first, asked, ports);
  let { plan: now } = first;
  for (;;) {
    try {
      await execution.obey(now);
      break;
    } catch (error) {
      if (!(error instanceof PlanAgain)) throw execution.broke(error);
      now = plan(first.survey, ports.store, execution.mustNow(error.lost));
    }
  }
  execution.finish();
}

/** Problems are data until here; all of them are said at once. */
function ok<T extends object>(made: T | Problem[]): T {
  if (Array.isArray(made)) throw new CannotRun(made, made.map(problemText));
  return made;
}
