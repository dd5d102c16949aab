import { redact } from '../declare/redact.js';
import type { Store } from '../ports/store.js';
import { rowIdentity } from './decide.js';
import { type Known, type Node, rowsWork } from './node.js';

const factOf = (identity: string): string => `underway:${identity}`;

/** What goes on outside when this process ends, by whose rows it concerns. */
export const sayUnderway = (store: Store, identity: string, said: string | undefined): void => {
  const text = said === undefined ? undefined : redact(said);
  if ((store.fact(factOf(identity)) ?? undefined) !== text) store.putFact(factOf(identity), text ?? null);
};

/** What an earlier run left going on for these rows. */
export function underwayOf(node: Node, known: Known | undefined, store: Store): string | undefined {
  if (!known || !rowsWork(node)) return undefined;
  const identity = rowIdentity(node, known);
  const said = store.fact(factOf(`${identity}-${store.redraw(identity).done}`));
  return typeof said === 'string' ? said : undefined;
}
