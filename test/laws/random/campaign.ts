import fc from 'fast-check';
import { type Engine, tell } from '../kit.js';
import { type History, history, live } from './property.js';

const SHRINK_MS = 20_000;

/** Lives so many random histories. Says of the first that went wrong how, at its shortest. */
export async function campaign(
  engine: Engine,
  { histories, seed, shrink = true }: { histories: number; seed?: number; shrink?: boolean },
): Promise<string | undefined> {
  const result = await fc.check(
    fc.asyncProperty(history, (each) => live(each, engine)),
    {
      numRuns: histories,
      endOnFailure: !shrink,
      ...(shrink && { interruptAfterTimeLimit: SHRINK_MS + histories * 20 }),
      ...(seed !== undefined && { seed }),
    },
  );
  if (!result.failed) return undefined;
  const error = result.errorInstance as Error;
  return `seed ${result.seed}, history ${result.numRuns}: ${error.stack}\n${told((result.counterexample as [History])[0])}`;
}

const told = ({ graph, events }: History): string =>
  [
    ...graph.nodes.map(({ id, data, tables, ...node }) => {
      const from = tables.map((t) => (t.part === 'test' ? `${t.node}.test` : t.node)).join(', ');
      const { kind, column, config, value, folder, concurrency } = node;
      const side = value ?? folder;
      return `  ${id} ${kind}(${from}${side === undefined ? '' : ` side ${side}`}) column ${column} config ${config} at once ${concurrency} ${tables.length ? '' : data.map((row) => tell([row])).join(' ')}`;
    }),
    ...events.map((event) => `  then ${JSON.stringify(event)}`),
  ].join('\n');
