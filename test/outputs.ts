import type { Graph, Output, RunEvent } from '@millrace/core';

/** What each named output is after a run, as its events tell it. */
export function outputsOf(graph: Graph, events: readonly RunEvent[]): Map<string, Output> {
  const prints = new Map<string, string>();
  const made = new Map<string, Readonly<Record<string, Output>>>();
  for (const event of events) {
    if (event.is === 'planned')
      for (const { node } of event.plan.steps) for (const name of node.names) prints.set(name, node.fingerprint);
    if (event.is === 'stage-outputs') made.set(event.fingerprint, event.outputs);
  }
  const found = new Map<string, Output>();
  for (const [name, { stage, part }] of graph.outputs) {
    const output = made.get(prints.get(graph.names.get(stage) ?? '') ?? '')?.[part];
    if (output) found.set(name, output);
  }
  return found;
}
