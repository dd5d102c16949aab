import { partsOf, type Stage } from '../declare/handle.js';
import { nearest } from '../declare/nearest.js';
import type { Graph } from '../declare/pipeline.js';
import type { Must, Needed } from './decide.js';
import type { Node } from './node.js';
import type { Reason } from './reason.js';
import type { Problem, Survey } from './survey.js';

export interface Targets {
  /** Only these outputs, and what they need. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** From these stages on; what is above them is taken as it was stored last. */
  readonly from?: readonly string[] | undefined;
  /** Run these whatever is known. */
  readonly force?: readonly string[] | undefined;
  /** … and all that stands below them. */
  readonly forceBelow?: boolean | undefined;
  /**
   * Outputs or stages whose data must be there when the run ends, also where it was swept. Default: what is lost of any
   * output is computed again, but a swept one counts as known. An empty list: nothing is looked for.
   */
  readonly need?: readonly string[] | 'all' | undefined;
}

/** The part of a graph that some outputs need, with the names of the whole. */
export function restrict(graph: Graph, only: readonly string[] | undefined): Graph | Problem[] {
  if (!only) return graph;
  const wanted: Stage[] = [];
  const problems: Problem[] = [];
  const byName = stagesByName(graph);
  for (const name of only) {
    const stage = byName.get(name);
    if (stage) wanted.push(stage);
    else problems.push(unknown(name, [...byName.keys()]));
  }
  if (problems.length) return problems;
  const needed = new Set(wanted);
  for (const stage of [...graph.stages].reverse())
    if (needed.has(stage)) for (const input of stage.inputs) needed.add(input.ref.stage);
  const outputs = new Map(
    [...graph.outputs].filter(
      ([name, ref]) =>
        only.includes(name) || (needed.has(ref.stage) && only.includes(graph.names.get(ref.stage) as string)),
    ),
  );
  return { outputs, stages: graph.stages.filter((s) => needed.has(s)), names: graph.names };
}

function stagesByName(graph: Graph): Map<string, Stage> {
  const byName = new Map([...graph.names].map(([stage, name]) => [name, stage]));
  for (const [name, ref] of graph.outputs) byName.set(name, ref.stage);
  return byName;
}

type Names = ReadonlyMap<string, Node>;

/** What must run, and what is kept as it is, whatever the records say. */
export function mustOf(survey: Survey, graph: Graph, targets: Targets): Must | Problem[] {
  const byName = new Map(survey.nodes.flatMap((node) => node.names.map((name) => [name, node] as const)));
  for (const [name, ref] of graph.outputs) byName.set(name, survey.of.get(ref.stage) as Node);
  const asked = typeof targets.need === 'object' ? targets.need : [];
  const names = [...(targets.force ?? []), ...(targets.from ?? []), ...asked];
  const problems = names.filter((name) => !byName.has(name)).map((name) => unknown(name, [...byName.keys()]));
  if (problems.length) return problems;
  const forced = (targets.force ?? []).flatMap((name) => {
    const members = familyNamed(name, graph).map((stage) => survey.of.get(stage) as Node);
    return members.length ? members : [byName.get(name) as Node];
  });
  const all = targets.forceBelow ? below(survey.nodes, forced) : new Set(forced);
  const run = new Map([...all].map((node) => [node, { is: 'forced' }] as [Node, Reason]));
  const keep = keptAbove(survey.nodes, targets.from, byName);
  return { run, keep, done: new Map(), need: neededOf(targets.need, { graph, byName, keep }) };
}

/** The stages that a declaration fans out to, where a name stands for all of them: `scores` for `scores.em` and the others. */
export function familyNamed(name: string, graph: Graph): readonly Stage[] {
  const family = graph.outputs.get(name)?.stage.within?.family;
  const nameOf = (stage: Stage) => graph.names.get(stage) as string;
  if (!family || !graph.stages.some((stage) => stage.within?.family === family && nameOf(stage).startsWith(`${name}.`)))
    return [];
  return graph.stages.filter((stage) => stage.within?.family === family);
}

interface Place {
  readonly graph: Graph;
  readonly byName: Names;
  readonly keep: ReadonlySet<Node>;
}

function neededOf(need: Targets['need'], { graph, byName, keep }: Place): Needed[] {
  const outputs = [...graph.outputs].map(([name, { part }]) => ({ node: byName.get(name) as Node, part }));
  if (need === 'all') return outputs.map((each) => ({ ...each, swept: true }));
  if (need === undefined)
    return outputs.filter(({ node }) => !keep.has(node)).map((each) => ({ ...each, swept: false }));
  return need.flatMap((name) => {
    const node = byName.get(name) as Node;
    const part = graph.outputs.get(name)?.part;
    return (part === undefined ? partsOf(node.stage) : [part]).map((each) => ({ node, part: each, swept: true }));
  });
}

function keptAbove(nodes: readonly Node[], from: readonly string[] | undefined, byName: Names): ReadonlySet<Node> {
  if (!from) return new Set();
  const free = below(
    nodes,
    from.map((name) => byName.get(name) as Node),
  );
  return new Set(nodes.filter((node) => !free.has(node)));
}

/** These and all that stands below them. */
function below(nodes: readonly Node[], roots: readonly Node[]): Set<Node> {
  const found = new Set(roots);
  for (const node of nodes) if (node.inputs.some((input) => found.has(input.node))) found.add(node);
  return found;
}

const unknown = (name: string, known: readonly string[]): Problem => {
  const close = nearest(name, known);
  return {
    is: 'target',
    stage: name,
    message: `There is no stage or output named ${name} in this pipeline. ${close ? `Did you mean ${close}?` : `There are: ${known.slice(0, 20).join(', ')}.`}`,
  };
};
