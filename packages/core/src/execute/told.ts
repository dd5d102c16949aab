import { sameType } from '../columns/name.js';
import { earlierEntries } from '../plan/earlier.js';
import type { Step } from '../plan/plan.js';
import { objectsOf } from '../ports/objects-of.js';
import type { Output, Store, TableOutput } from '../ports/store.js';
import { reading } from '../tables/read.js';
import type { ChangedRows, StageFinished } from './events.js';
import { valueKeys } from './keys.js';

/** What is said of a stage that ran, beside what it made. */
export type Told = Pick<StageFinished, 'changedRows'>;

/** The rows of a source that runs again because its data changed, as it gave them last. */
export function tableBefore({ node, reasons }: Step, store: Store): TableOutput | undefined {
  if (node.inputs.length || reasons.length === 0 || !reasons.every(isOfData)) return undefined;
  const main = earlierEntries(store)(node)?.parts['main'];
  return main?.is === 'table' && !store.missing(objectsOf({ parts: { main } })).length ? main : undefined;
}

const isOfData = (reason: Step['reasons'][number]): boolean =>
  reason.is === 'changed' && /^data(\.|$)/.test(reason.path);

/** Above that many values it takes longer than a person gains by it. */
const MOST_VALUES = 2_000_000;

/** A row that is gone and one that is new count as one that changed. */
export async function changedRows(
  before: TableOutput | undefined,
  after: Output | undefined,
  store: Store,
): Promise<Told> {
  if (!before || after?.is !== 'table' || !alike(before, after)) return {};
  if (Math.max(before.rows, after.rows) * after.columns.length > MOST_VALUES) return {};
  try {
    const was = await counted(before, store);
    const now = await counted(after, store);
    const gone = less(was, now);
    const come = less(now, was);
    const changed = Math.min(gone, come);
    return { changedRows: { added: come - changed, changed, removed: gone - changed } satisfies ChangedRows };
  } catch {
    // It was swept or damaged meanwhile, and nothing rests on it.
    return {};
  }
}

const alike = (a: TableOutput, b: TableOutput): boolean =>
  a.columns.length === b.columns.length &&
  a.columns.every(({ name, type }) => b.columns.some((other) => other.name === name && sameType(other.type, type)));

type Counted = ReadonlyMap<string, number>;

const counted = (table: TableOutput, store: Store): Promise<Counted> =>
  reading(table, store, async (reader) => {
    const names = table.columns.map(({ name }) => name).sort();
    const keys = Buffer.from(await valueKeys(reader, Object.fromEntries(names.map((name) => [name, name]))));
    const times = new Map<string, number>();
    for (let at = 0; at < keys.length; at += 16) {
      const key = keys.toString('latin1', at, at + 16);
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    return times;
  });

/** How many rows of one are not in the other. */
function less(of: Counted, other: Counted): number {
  let rows = 0;
  for (const [key, times] of of) rows += Math.max(0, times - (other.get(key) ?? 0));
  return rows;
}
