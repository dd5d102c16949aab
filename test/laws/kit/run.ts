import type { AnyHandle, CodeReader, Output, Row, RunAsked, RunEvent, RunOutcome, Store } from '@millrace/core';
import { outputsOf } from '../../outputs.js';
import type { Engine } from './engine.js';
import type { Outside } from './outside.js';

/** Code of a function: what it says itself. */
export const codeReader: CodeReader = {
  read: (fn, { version }) => ({
    code: {
      digest: `${version ?? fn.toString()}`,
      units: [{ name: fn.name, place: 'kit.ts:1', digest: `${version}` }],
      packages: {},
    },
  }),
};

/** What a run did, by what executed. */
export interface Went {
  /** Stage → `reused`, `cut off`, `ran`, `ran 2/3`, `failed`, `skipped`. */
  readonly did: Readonly<Record<string, string>>;
  readonly calls: readonly string[];
  /** Calls that were refused an answer. */
  readonly failed: readonly string[];
  readonly events: readonly RunEvent[];
  readonly outcome: RunOutcome | undefined;
  readonly error: Error | undefined;
  readonly outputs: ReadonlyMap<string, Output>;
  /** Rows of a named output. */
  rows(name: string): Promise<Row[]>;
  value(name: string): unknown;
}

export interface World {
  readonly engine: Engine;
  readonly store: Store;
  readonly outside: Outside;
}

/** Runs a pipeline and tells what it did. What it throws is in the answer. */
export async function go(world: World, outputs: Record<string, AnyHandle>, asked: RunAsked = {}): Promise<Went> {
  const { engine, store, outside } = world;
  outside.take();
  const events: RunEvent[] = [];
  const graph = engine.graphOf(outputs);
  const error = await new Promise<Error | undefined>((resolve) =>
    engine.runGraph(graph, asked, { store, code: codeReader, base: '/' }).subscribe({
      next: (event) => events.push(event),
      error: (thrown: Error) => resolve(thrown),
      complete: () => resolve(undefined),
    }),
  );
  const found = outputsOf(graph, events);
  return {
    did: didOf(events),
    ...outside.take(),
    events,
    outcome: events.find((e) => e.is === 'run-finished')?.outcome,
    error,
    outputs: found,
    rows: async (name) => {
      const output = found.get(name);
      if (output?.is !== 'table') throw new Error(`${name} gave no table`);
      return new engine.TableReader(output, store).all();
    },
    value: (name) => {
      const output = found.get(name);
      if (!output || output.is === 'table') throw new Error(`${name} gave no value`);
      const result = engine.resultOf(output, store);
      return result.is === 'value' ? result.value : output;
    },
  };
}

function didOf(events: readonly RunEvent[]): Record<string, string> {
  const did: Record<string, string> = {};
  for (const event of events) {
    if (event.is === 'stage-finished')
      did[event.stage] =
        event.ranRows === undefined || event.status !== 'ran' ? event.status : `ran ${event.ranRows}/${event.rows}`;
    if (event.is === 'stage-failed') did[event.stage] = 'failed';
    if (event.is === 'stage-skipped') did[event.stage] = 'skipped';
  }
  return did;
}
