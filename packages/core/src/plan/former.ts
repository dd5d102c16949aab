import { digestValue } from '../identity/digest.js';
import type { Recipe } from '../identity/recipe.js';
import type { Store } from '../ports/store.js';
import type { Node } from './node.js';

// Millrace 0.1 counted packages by name and version, later ones count them by content. What 0.1 paid for counts for the code
// that first asks for it, and for no other: from then on the content is known, and another content is another answer.

/** Does what 0.1 stored count for this node? */
export const countsFormerly = ({ formerCode, recipe }: Node, store: Store): boolean => {
  const taker = formerCode && store.fact(takerOf(formerCode));
  return typeof taker !== 'string' || taker === digestValue(recipe.code);
};

/** The code by which 0.1 knew the calls of a node, where what it paid for counts. */
export const codeFormerly = (node: Node, store: Store): Recipe['code'] | undefined =>
  countsFormerly(node, store) ? node.formerCode : undefined;

/** Something of it was used. */
export const takeOver = ({ formerCode, recipe }: Node, store: Store): void => {
  if (formerCode) store.putFact(takerOf(formerCode), digestValue(recipe.code));
};

const takerOf = (code: Recipe['code']) => `taken over:${digestValue(code)}`;
