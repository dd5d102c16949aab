import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AnyHandle,
  DamagedError,
  graphOf,
  type Output,
  type RunAsked,
  type RunEvent,
  resultOf,
  runGraph,
  type Store,
} from '@millrace/core';
import { outputsOf } from '../outputs.js';
import { codeReader } from './graph.js';

/** What a run did, in words that survive a pipe. */
export interface Report {
  readonly ended: string;
  /** Stage → `ran 3`, `reused`, `cut off`, `failed`, `skipped`. */
  readonly did: Readonly<Record<string, string>>;
  /** Why stages failed, or the run as a whole. */
  readonly errors: readonly string[];
  readonly damaged: readonly string[];
  /** Stages that ran because what they had made was lost. */
  readonly lost: readonly string[];
  readonly plans: number;
  /** What the records say that each output is … */
  readonly digests: Readonly<Record<string, string>>;
  /** … and what is read; `damaged` where that was found out by reading. */
  readonly contents: Readonly<Record<string, string>>;
}

export interface Watching {
  readonly onEvent?: (event: RunEvent) => void;
  /** Stops at once. */
  readonly stop?: AbortSignal;
}

export async function runOnce(
  outputs: Record<string, AnyHandle>,
  asked: RunAsked,
  { store, onEvent, stop }: Watching & { readonly store: Store },
): Promise<Report> {
  const events: RunEvent[] = [];
  const graph = graphOf(outputs);
  const run = runGraph(graph, asked, { store, code: codeReader, base: '/' });
  const error = await ended(run, {
    ...(stop && { stop }),
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
  });
  const found = outputsOf(graph, events);
  const contents = await contentsOf(found, store);
  const noticed = store.noticed().map(({ object, what }) => `${object}: ${what}`);
  return { ...told(events, error), ...contents, damaged: [...told(events, error).damaged, ...noticed] };
}

const ended = (run: ReturnType<typeof runGraph>, { onEvent, stop }: Watching): Promise<Error | undefined> =>
  new Promise((resolve) => {
    const subscription = run.subscribe({
      next: (event) => onEvent?.(event),
      error: resolve,
      complete: () => resolve(undefined),
    });
    stop?.addEventListener('abort', () => {
      subscription.unsubscribe();
      resolve(new Error('unsubscribed'));
    });
  });

function told(events: readonly RunEvent[], error: Error | undefined): Omit<Report, 'digests' | 'contents'> {
  const did: Record<string, string> = {};
  const errors: string[] = error ? [error.message] : [];
  const lost: string[] = [];
  for (const event of events) {
    if (event.is === 'stage-finished')
      did[event.stage] = event.status === 'ran' ? `ran ${event.ranRows ?? event.rows ?? 'all'}` : event.status;
    if (event.is === 'stage-failed') errors.push(event.error.message);
    if (event.is === 'stage-failed') did[event.stage] = 'failed';
    if (event.is === 'stage-skipped') did[event.stage] = 'skipped';
    if (event.is === 'stage-started' && event.reasons.some(({ is }) => is === 'lost')) lost.push(event.stage);
  }
  return {
    ended: events.find((event) => event.is === 'run-finished')?.outcome.ended ?? 'broken',
    did,
    errors,
    damaged: events.flatMap((event) => (event.is === 'damaged' ? [`${event.object}: ${event.what}`] : [])),
    lost,
    plans: events.filter(({ is }) => is === 'planned').length,
  };
}

async function contentsOf(
  found: ReadonlyMap<string, Output>,
  store: Store,
): Promise<Pick<Report, 'digests' | 'contents'>> {
  const digests: Record<string, string> = {};
  const contents: Record<string, string> = {};
  for (const [name, output] of found) {
    digests[name] = digestOf(output);
    contents[name] = await contentOf(output, store).catch((error: unknown) => {
      if (error instanceof DamagedError) return 'damaged';
      throw error;
    });
  }
  return { digests, contents };
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const digestOf = (output: Output): string =>
  output.is === 'table'
    ? sha(
        JSON.stringify([
          output.rows,
          output.failed,
          output.columns.map(({ name, digest }) => `${name} ${digest}`).sort(),
        ]),
      )
    : output.digest;

async function contentOf(output: Output, store: Store): Promise<string> {
  const result = resultOf(output, store);
  if (result.is === 'value') return JSON.stringify(result.value);
  if (result.is === 'table') {
    const rows = await result.all();
    return sha(JSON.stringify(rows.map((row) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))));
  }
  const at = await result.place(join(store.scratch(), `read-${output.is === 'folder' ? output.digest : ''}`));
  return sha(
    result.files
      .map(({ path }) => `${path} ${readFileSync(join(at, path), 'utf8')}`)
      .sort()
      .join('\n'),
  );
}
