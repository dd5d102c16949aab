import type { Columns } from '../columns/type.js';
import type { Stage } from '../declare/handle.js';
import type { Nature, RowsWork, WholeWork } from '../declare/kind.js';
import { redact } from '../declare/redact.js';
import type { Recipe } from '../identity/recipe.js';
import type { CodeUnit } from '../ports/code.js';
import type { Digest, Output } from '../ports/store.js';

/** A stage with its fingerprint. Stages with one fingerprint are one node. */
export interface Node {
  readonly stage: Stage;
  /** Other declarations of the same computation, each with options of its own. */
  readonly also: readonly Stage[];
  /** First the name shown, then those of other stages that turned out to be the same. */
  readonly names: readonly string[];
  readonly recipe: Recipe;
  readonly fingerprint: Digest;
  /** The recipe less its upstream fingerprints. */
  readonly identity: Digest;
  /** The identity that an earlier version would have given it, where it is another. */
  readonly former: Digest | undefined;
  /** Of what is not pure: its code as Millrace 0.1 knew it, where that is other than now. */
  readonly formerCode?: Recipe['code'];
  readonly inputs: readonly NodeInput[];
  /** The units of code its functions reach, for people. */
  readonly units: Readonly<Record<string, readonly CodeUnit[]>>;
}

export interface NodeInput {
  readonly role: string;
  readonly part: string;
  readonly node: Node;
}

/** The outputs that a node's inputs have now, by role. */
export type Known = Readonly<Record<string, Output>>;

export const nameOf = (node: Node): string => node.names[0] as string;

export const labelOf = (node: Node): string =>
  redact(node.stage.kind.label?.(node.stage.config) ?? node.stage.kind.name);

export const rowsWork = (node: Node): RowsWork | undefined =>
  node.stage.kind.work.is === 'rows' ? (node.stage.kind.work as RowsWork) : undefined;

export const wholeWork = (node: Node): WholeWork | undefined =>
  node.stage.kind.work.is === 'whole' ? (node.stage.kind.work as WholeWork) : undefined;

export const natureOf = ({ stage: { kind, config } }: Pick<Node, 'stage'>): Nature =>
  typeof kind.nature === 'function' ? kind.nature(config) : kind.nature;

export const columnsOf = (output: Output | undefined): Columns | undefined =>
  output?.is === 'table' ? Object.fromEntries(output.columns.map((c) => [c.name, c.type])) : undefined;

/** Under which a column's digest stands beside `#rows` and the like, since a column may have such a name. */
export const columnKey = (name: string): string => (name.startsWith('#') ? `#${name}` : name);
