import {
  type AnyHandle,
  type CodeReader,
  createPipeline,
  type RunAsked,
  type RunEvent,
  type StageFinished,
  type Store,
} from '@millrace/core';

/** For tests of stages: each function's code is its version, so that no file is read. */
export const versions: CodeReader = {
  read: (_fn, { version }) =>
    version === undefined
      ? { refused: { why: 'not found', detail: 'tests give functions a version' } }
      : { code: { digest: `version ${version}`, units: [], packages: {} } },
};

export interface Seen {
  // biome-ignore lint/suspicious/noExplicitAny: each test knows its own outputs.
  readonly out: any;
  /** stage → `reused`, or `ran 2 of 3`. */
  readonly did: Readonly<Record<string, string>>;
  readonly events: readonly RunEvent[];
}

/** Runs outputs on a store and tells what executed. */
export async function runOn(
  store: Store,
  outputs: Readonly<Record<string, AnyHandle>>,
  {
    base = process.cwd(),
    code = versions,
    ...asked
  }: RunAsked & { readonly base?: string; readonly code?: CodeReader } = {},
): Promise<Seen> {
  const events: RunEvent[] = [];
  const pipeline = createPipeline(outputs, () => ({ store, code, base }));
  const out = await pipeline.run({ ...asked, onEvent: (event) => events.push(event) });
  const finished = events.filter((event): event is StageFinished => event.is === 'stage-finished');
  return { out, did: Object.fromEntries(finished.map((event) => [event.stage, said(event)])), events };
}

const said = ({ status, ranRows, rows }: StageFinished): string =>
  status === 'ran' && ranRows !== undefined ? `ran ${ranRows} of ${rows}` : status;
