import type { Cost, Digest, Output, Store, Stored } from '../ports/store.js';
import { type Decision, decide, type Must, type Outputs } from './decide.js';
import { earlierEntries } from './earlier.js';
import { lostOf, lostReason, missingOwners } from './lost.js';
import { type Known, labelOf, type Node, nameOf } from './node.js';
import type { Reason } from './reason.js';
import { reasonsOf } from './reasons.js';
import type { Survey } from './survey.js';
import { underwayOf } from './underway.js';

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
  /** What it takes at most, where that was looked at and is known. */
  readonly estimate?: Estimate;
  /** What an earlier run left going on outside: batches at a provider. */
  readonly underway?: string;
}

/** Calls are a bound: each asked once, or with all their `tries`. Tokens and money are by the dearest call so far, the time is an average. */
export interface Estimate extends Cost {
  readonly tries: number;
}

export type Status = Decision['status'];

/** Pure over the survey and the records. Runs again, with more that must run, when a fact changes in mid-run. */
export function plan(survey: Survey, store: Store, asked: Must): Plan {
  let must = asked;
  for (;;) {
    const decisions = walk(survey.nodes, store, must);
    const lost = lostInputs(decisions, store, must);
    if (lost.length === 0) {
      const earlier = earlierEntries(store);
      const steps = survey.nodes.map((node) => stepOf(node, decisions.get(node) as Decision, earlier));
      return { steps: steps.map((step) => withUnderway(step, decisions, store)), must };
    }
    must = {
      ...must,
      run: new Map([...must.run, ...lost.map((node) => [node, lostReason(node, store)] as [Node, Reason])]),
    };
  }
}

type Decisions = ReadonlyMap<Node, Decision>;

function withUnderway(step: Step, decisions: Decisions, store: Store): Step {
  if (step.decision.status !== 'run') return step;
  const inputs = known(step.node, (node) => outputsOf(decisions.get(node)));
  const underway = underwayOf(step.node, inputs, store);
  return underway ? { ...step, underway } : step;
}

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

/** Nodes whose remembered data is gone and will be read, by a stage that runs or because it was asked for. */
function lostInputs(decisions: Decisions, store: Store, must: Must): Node[] {
  const outputs = (node: Node) => outputsOf(decisions.get(node));
  const lost = new Set(lostOf(must.need, { outputs, store }));
  for (const [node, decision] of decisions) {
    const inputs = decision.status === 'run' ? known(node, outputs) : undefined;
    if (inputs) for (const owner of missingOwners(node, inputs, { outputs, store })) lost.add(owner);
  }
  return [...lost].filter((node) => !must.run.has(node));
}

function stepOf(node: Node, decision: Decision, earlier: (node: Node) => Stored | undefined): Step {
  const runs = decision.status === 'run' || decision.status === 'later';
  const because = 'because' in decision ? decision.because : [];
  const compared = runs || decision.status === 'cut off';
  const before = compared ? earlier(node) : undefined;
  return {
    node,
    name: nameOf(node),
    label: labelOf(node),
    fingerprint: node.fingerprint,
    decision,
    reasons: because.length ? because : compared ? reasonsOf(node, before) : [],
  };
}
