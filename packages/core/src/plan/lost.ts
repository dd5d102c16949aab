import { objectsOf } from '../ports/objects-of.js';
import type { Group, ObjectId, Output, Store } from '../ports/store.js';
import type { Needed, Outputs } from './decide.js';
import type { Known, Node } from './node.js';
import type { Reason } from './reason.js';
import { columnsRead } from './seen.js';
import { wasSwept } from './swept.js';

interface World {
  /** What each node gives now, where that is known. */
  readonly outputs: (node: Node) => Outputs | undefined;
  readonly store: Store;
}

/** Who must run again so that this node can read its inputs. Looks at names of objects only. */
export function missingOwners(node: Node, inputs: Known, world: World): Node[] {
  return node.inputs.flatMap(({ role, node: above }) => {
    const output = inputs[role] as Output;
    const read = output.is === 'table' ? columnsRead(node, role, output) : 'all';
    return ownersOf(above, objectsRead(output, read), world);
  });
}

const ownersOf = (node: Node, objects: readonly ObjectId[], { outputs, store }: World): Node[] =>
  store.missing(objects).map((object) => ownerOf(node, object, outputs));

/** Who must run again so that these outputs can be read as a whole. What was swept counts as known, unless it is asked for. */
export function lostOf(needed: readonly Needed[], { outputs, store }: World): Node[] {
  const wanted = needed.flatMap(({ node, part, swept }) => {
    const output = outputs(node)?.[part];
    return output ? [{ node, swept, objects: objectsRead(output, 'all') }] : [];
  });
  if (wanted.length === 0) return [];
  const missing = new Set(store.missing([...new Set(wanted.flatMap(({ objects }) => objects))]));
  if (missing.size === 0) return [];
  return wanted.flatMap(({ node, swept, objects }) => {
    const owners = objects.filter((object) => missing.has(object)).map((object) => ownerOf(node, object, outputs));
    return [...new Set(owners)].filter((owner) => swept || !wasSwept(owner.fingerprint, store));
  });
}

export const lostReason = ({ fingerprint }: Node, store: Store): Reason => ({
  is: 'lost',
  how: wasSwept(fingerprint, store) ? 'swept' : 'gone',
});

/** Who must run again for an object that a stage could not read: none where it is the stage's own. */
export const readOwners = (node: Node, object: ObjectId, outputs: World['outputs']): Node[] => {
  const owner = ownerOf(node, object, outputs);
  return owner === node ? [] : [owner];
};

/** Columns are passed on by reference: who made an object is as far up as it is found. */
function ownerOf(from: Node, object: ObjectId, outputs: World['outputs']): Node {
  let node = from;
  for (;;) {
    const above = node.inputs.find((input) => {
      const output = outputs(input.node)?.[input.part];
      return output && objectsOf({ parts: { [input.part]: output } }).includes(object);
    });
    if (!above) return node;
    node = above.node;
  }
}

/** Values and maps of these columns, or the files of a folder. */
export function objectsRead(output: Output, columns: ReadonlySet<string> | 'all'): ObjectId[] {
  if (output.is === 'value') return [];
  if (output.is === 'folder') return output.files.map((file) => file.object);
  const read = output.columns.filter((column) => columns === 'all' || columns.has(column.name));
  const groups = new Set(read.map((column) => output.groups[column.group] as Group));
  return [...[...groups].flatMap(objectsIn), ...(output.failures ? [output.failures] : [])];
}

/** Values and maps. The digests beside the values can be made again from them. */
const objectsIn = ({ segments, maps }: Group): ObjectId[] => [
  ...maps,
  ...segments.flatMap((segment) => segment.data ?? []),
];
