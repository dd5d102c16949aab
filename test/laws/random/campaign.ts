import fc from 'fast-check';
import { tell } from '../kit/telling.js';
import type { Engine } from '../kit.js';
import { type History, history, live, type Size } from './property.js';

const SHRINK_MS = 20_000;

export interface Campaign {
  readonly histories: number;
  readonly size?: Partial<Size>;
  readonly seed?: number;
  readonly shrink?: boolean;
}

/** Lives so many random histories. Says of the first that went wrong how, as short as it gets in a while. */
export async function campaign(
  engine: Engine,
  { histories, size = {}, seed, shrink = true }: Campaign,
): Promise<string | undefined> {
  const property = fc.asyncProperty(history(size), (each) => live(each, engine));
  const first = await fc.check(property, {
    numRuns: histories,
    endOnFailure: true,
    ...(seed !== undefined && { seed }),
  });
  if (!first.failed) return undefined;
  const path = first.counterexamplePath as string;
  const least = shrink
    ? await fc.check(property, { seed: first.seed, path, interruptAfterTimeLimit: SHRINK_MS })
    : first;
  const { errorInstance, counterexample } = least.failed ? least : first;
  return `seed ${first.seed}, history ${first.numRuns}: ${(errorInstance as Error).stack}\n${told((counterexample as [History])[0])}`;
}

const told = ({ graph, failing, events }: History): string =>
  [
    `  failing: ${failing.join(' ')}`,
    ...graph.nodes.map(({ id, data, tables, ...node }) => {
      const from = tables.map((t) => (t.part === 'test' ? `${t.node}.test` : t.node)).join(', ');
      const { kind, column, config, value, folder, concurrency } = node;
      const side = value ?? folder;
      return `  ${id} ${kind}(${from}${side === undefined ? '' : ` side ${side}`}) column ${column} config ${config} at once ${concurrency} ${tables.length ? '' : data.map((row) => tell([row])).join(' ')}`;
    }),
    ...events.map((event) => `  then ${JSON.stringify(event)}`),
  ].join('\n');
