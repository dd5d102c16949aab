import type { Cost, Digest, Group, Output, Store, TableOutput } from '../ports/store.js';
import { columnsRead, type Decision, decide, type Must, newestNamed, type Outputs } from './decide.js';
import { type Known, labelOf, type Node, nameOf, rowsWork } from './node.js';
import type { Reason } from './reason.js';
import { reasonsOf } from './reasons.js';
import type { Survey } from './survey.js';

/** For each stage what will happen and why: plain data, and everything after obeys it. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly must: Must;
}

export interface Step {
  readonly node: Node;
  readonly name: string;
  readonly label: string;
  readonly fingerprint: Digest;
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
  /** From what earlier runs cost; an upper bound. */
  readonly estimate?: Cost;
}

export type Status = Decision['status'];

/** Pure over the survey and the records. Runs again, with more that must run, when a fact changes in mid-run. */
export function plan(survey: Survey, store: Store, asked: Must): Plan {
  let must = asked;
  for (;;) {
    const decisions = walk(survey.nodes, store, must);
    const lost = lostInputs(decisions, store, must);
    if (lost.length === 0)
      return { steps: survey.nodes.map((node) => stepOf(node, decisions.get(node) as Decision, store)), must };
    must = {
      ...must,
      run: new Map([...must.run, ...lost.map((node) => [node, { is: 'lost', how: 'swept' }] as [Node, Reason])]),
    };
  }
}

type Decisions = ReadonlyMap<Node, Decision>;

function walk(nodes: readonly Node[], store: Store, must: Must): Decisions {
  const decisions = new Map<Node, Decision>();
  for (const node of nodes)
    decisions.set(
      node,
      decide(
        node,
        known(node, (n) => outputsOf(decisions.get(n))),
        { store, must },
      ),
    );
  return decisions;
}

export const outputsOf = (decision: Decision | undefined): Outputs | undefined =>
  decision && 'outputs' in decision ? decision.outputs : undefined;

/** The outputs of a node's inputs, once every one of them is known. */
export function known(node: Node, outputs: (node: Node) => Outputs | undefined): Known | undefined {
  const out: Record<string, Output> = {};
  for (const { role, part, node: above } of node.inputs) {
    const output = outputs(above)?.[part];
    if (!output) return undefined;
    out[role] = output;
  }
  return out;
}

/** Nodes whose remembered data is gone and will be read by a stage that runs. */
function lostInputs(decisions: Decisions, store: Store, must: Must): Node[] {
  const lost = new Set<Node>();
  for (const [node, decision] of decisions) {
    if (decision.status !== 'run') continue;
    const inputs = known(node, (n) => outputsOf(decisions.get(n)));
    if (inputs) for (const owner of missingOwners(node, inputs, store)) if (!must.run.has(owner)) lost.add(owner);
  }
  return [...lost];
}

/** Who must run again so that this node can read its inputs. */
export function missingOwners(node: Node, inputs: Known, store: Store): Node[] {
  return node.inputs.flatMap(({ role, part, node: above }, i) => {
    const output = inputs[role] as Output;
    if (output.is === 'value') return [];
    if (output.is === 'folder') return store.missing(output.files.map((f) => f.object)).length ? [above] : [];
    return [...columnsRead(node, { role, first: i === 0 }, output)]
      .filter((column) => store.missing(objectsOfColumn(output, column)).length > 0)
      .map((column) => ownerOf({ node: above, part }, column));
  });
}

function objectsOfColumn(table: TableOutput, name: string): string[] {
  const column = table.columns.find((c) => c.name === name);
  if (!column) return [];
  const { segments, maps } = table.groups[column.group] as Group;
  const ids = segments.flatMap((s) => [s.data, s.digests[column.stored]]);
  return [...maps, ...(table.failures ? [table.failures] : []), ...ids].filter((id): id is string => id !== undefined);
}

/** A row-wise stage passes columns on: the one that made a column is further up. */
function ownerOf(at: { node: Node; part: string }, column: string): Node {
  let { node } = at;
  for (let work = rowsWork(node); work; work = rowsWork(node)) {
    const own = Object.keys(work.adds?.(node.stage.config) ?? work.answers(node.stage.config));
    const derived = Object.keys(work.derive?.columns(node.stage.config) ?? {});
    const above = node.inputs[0]?.node;
    if (!above || own.includes(column) || derived.includes(column)) return node;
    node = above;
  }
  return node;
}

function stepOf(node: Node, decision: Decision, store: Store): Step {
  const runs = decision.status === 'run' || decision.status === 'later';
  const because = 'because' in decision ? decision.because : [];
  const before = runs ? newestNamed(node, store) : undefined;
  return {
    node,
    name: nameOf(node),
    label: labelOf(node),
    fingerprint: node.fingerprint,
    decision,
    reasons: because.length ? because : runs || decision.status === 'cut off' ? reasonsOf(node, store) : [],
    ...(before && { estimate: before.cost }),
  };
}
