import { catchError, defer, from, lastValueFrom, type Observable, switchMap, tap, throwError } from 'rxjs';
import { callPlace } from './declare/call-place.js';
import type { Ref } from './declare/handle.js';
import { type Graph, graphOf, withoutHiding } from './declare/pipeline.js';
import type { AnyHandle } from './declare/table.js';
import type { RunEvent, RunOutcome } from './execute/events.js';
import { newestNamed } from './plan/decide.js';
import type { Node } from './plan/node.js';
import { outputsOf, type Plan } from './plan/plan.js';
import type { Output } from './ports/store.js';
import { remake } from './remake.js';
import { printedLines } from './report/printed.js';
import { type Mend, type Result, resultOf } from './results.js';
import { foreseen, type Planned, planGraph, type RunAsked, type RunPorts, runGraph } from './run.js';

export type Outputs = Readonly<Record<string, AnyHandle>>;
export type Results<P extends Outputs> = { readonly [K in keyof P]: Result<P[K]> };

export interface Pipeline<P extends Outputs = Outputs> {
  readonly graph: Graph;
  /** What a run would do, and why. Writes nothing. */
  plan(asked?: RunAsked): Promise<Plan>;
  /** Runs what is invalid. Throws when a stage failed; rows that failed are in the results. */
  run(asked?: PipelineAsked): Promise<Results<P> & { readonly outcome: RunOutcome }>;
  /** The same as it happens: cold, unsubscribing stops it. */
  events(asked?: RunAsked): Observable<RunEvent>;
  /** What was stored last, without running. */
  last(): Promise<Partial<Results<P>>>;
}

export interface PipelineAsked extends RunAsked {
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** A run that did not come to its end. What was answered is kept. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  constructor(
    readonly outcome: RunOutcome,
    cause: Error | undefined,
  ) {
    super(
      cause ? `The run ended early (${outcome.ended}): ${cause.message}` : `The run ended early: ${outcome.ended}.`,
      { cause },
    );
  }
}

export type OpenPorts = () => Promise<RunPorts> | RunPorts;

/** The named outputs of a graph of stages, with the ports it runs on. */
export function createPipeline<const P extends Outputs>(outputs: P, open: OpenPorts): Pipeline<P> {
  const graph = withoutHiding(graphOf(outputs));
  return {
    graph,
    plan: function plan(asked = {}) {
      return told(plan, async () => foreseen(graph, asked, await open()));
    },
    events: function events(asked = {}) {
      const placed = callPlace(events);
      return eventsOf(graph, asked, open).pipe(catchError((error) => throwError(() => placed(error))));
    },
    run: function run(asked = {}) {
      return told(run, async () => runPipeline<P>(graph, asked, await open()));
    },
    last: function last() {
      return told(last, async () => lastOf<P>(graph, await open()));
    },
  };
}

const told = <T>(called: Parameters<typeof callPlace>[0], ask: () => Promise<T>): Promise<T> => {
  const placed = callPlace(called);
  return ask().catch((error) => {
    throw placed(error);
  });
};

const eventsOf = (graph: Graph, asked: RunAsked, open: OpenPorts): Observable<RunEvent> =>
  defer(() => from(Promise.resolve(open()))).pipe(switchMap((ports) => runGraph(graph, asked, ports)));

async function runPipeline<P extends Outputs>(
  graph: Graph,
  asked: PipelineAsked,
  ports: RunPorts,
): Promise<Results<P> & { readonly outcome: RunOutcome }> {
  const seen = new Seen();
  const events = runGraph(graph, asked, ports).pipe(
    tap((event) => {
      seen.take(event);
      if (event.is === 'printed') for (const line of printedLines(event)) console.error(line);
      asked.onEvent?.(event);
    }),
  );
  await lastValueFrom(events);
  const outcome = seen.outcome as RunOutcome;
  if (outcome.ended !== 'done' && outcome.ended !== 'failed rows') throw new RunFailed(outcome, seen.error);
  return { ...(resultsOf(graph, seen, { ...ports, rows: asked.rows }) as Results<P>), outcome };
}

/** What a run's events say of its outputs. */
class Seen {
  outcome: RunOutcome | undefined;
  error: Error | undefined;
  readonly #nodes = new Map<string, Node>();
  readonly outputs = new Map<string, Readonly<Record<string, Output>>>();

  take(event: RunEvent): void {
    if (event.is === 'planned')
      for (const step of event.plan.steps) for (const name of step.node.names) this.#nodes.set(name, step.node);
    if (event.is === 'stage-failed') this.error ??= event.error;
    if (event.is === 'stage-outputs') this.outputs.set(event.fingerprint, event.outputs);
    if (event.is === 'run-finished') this.outcome = event.outcome;
  }

  outputOf(name: string, part: string): Output | undefined {
    const node = this.#nodes.get(name);
    return node && this.outputs.get(node.fingerprint)?.[part];
  }
}

interface Reading extends RunPorts {
  readonly rows: number | undefined;
}

function resultsOf(graph: Graph, seen: Seen, ports: Reading): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  for (const [name, ref] of graph.outputs) {
    const output = seen.outputOf(graph.names.get(ref.stage) as string, ref.part);
    if (output) results[name] = resultOf(output, ports.store, mendOf(graph, name, ports));
  }
  return results;
}

/** Of pure stages at once; what costs something is left to the next run. */
const mendOf =
  (graph: Graph, name: string, ports: Reading): Mend =>
  async () => {
    await currentOutput(graph, name, ports);
    await remake(graph, { names: [name], rows: ports.rows }, ports);
    return currentOutput(graph, name, ports);
  };

/** What is stored of an output as the pipeline is now. */
async function currentOutput(graph: Graph, name: string, { rows, ...ports }: Reading): Promise<Output> {
  const planned = await planGraph(graph, { need: [], rows }, ports);
  const output = outputNow(graph.outputs.get(name) as Ref, planned);
  if (output) return output;
  throw new Error(
    `Cannot read ${name}: its stored data is lost, and the pipeline has changed since. Run it again and read what it gives then.`,
  );
}

function outputNow({ stage, part }: Ref, { survey, plan }: Planned): Output | undefined {
  const step = plan.steps.find(({ node }) => node === survey.of.get(stage));
  return outputsOf(step?.decision)?.[part];
}

async function lastOf<P extends Outputs>(graph: Graph, ports: RunPorts): Promise<Partial<Results<P>>> {
  const planned = await planGraph(graph, { need: [] }, ports);
  const results: Record<string, unknown> = {};
  for (const [name, ref] of graph.outputs) {
    const node = planned.survey.of.get(ref.stage) as Node;
    const entry = ports.store.entry(node.fingerprint) ?? newestNamed(node, ports.store);
    const output = outputNow(ref, planned) ?? entry?.parts[ref.part];
    if (output) results[name] = resultOf(output, ports.store, mendOf(graph, name, { ...ports, rows: undefined }));
  }
  return results as Partial<Results<P>>;
}
