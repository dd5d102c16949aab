import type { Ref, Stage } from './handle.js';
import { partsOf, refOf } from './handle.js';
import type { AnyHandle } from './table.js';

/** The named outputs of a graph of stages. Names are for people and in no key. */
export interface Graph {
  readonly outputs: ReadonlyMap<string, Ref>;
  /** Every stage that the outputs need, inputs before those that read them. */
  readonly stages: readonly Stage[];
  /** Display names: the output's name, else the kind's with a number. */
  readonly names: ReadonlyMap<Stage, string>;
}

export function graphOf(outputs: Readonly<Record<string, AnyHandle>>): Graph {
  const refs = new Map(Object.entries(outputs).map(([name, handle]) => [nameable(name), refOf(handle)]));
  const stages = inOrder([...refs.values()].map((ref) => ref.stage));
  return { outputs: refs, stages, names: namesOf(refs, stages) };
}

/** Throws where an output hides something. */
export function withoutHiding(graph: Graph): Graph {
  const [hiding] = hidingOutputs(graph);
  if (hiding === undefined) return graph;
  throw new Error(hidingText(hiding));
}

/** Outputs with the name of another stage of the graph, or of a part of one: that one could be named no more. */
export function hidingOutputs({ outputs, names }: Graph): string[] {
  const stages = new Map([...names].map(([stage, name]) => [name, stage]));
  const isHiding = (name: string, { stage, part }: Ref) => {
    if ((stages.get(name) ?? stage) !== stage) return true;
    const dot = name.lastIndexOf('.');
    const owner = stages.get(name.slice(0, Math.max(0, dot)));
    const own = name.slice(dot + 1);
    return owner !== undefined && partsOf(owner).includes(own) && (owner !== stage || part !== own);
  };
  return [...outputs].flatMap(([name, ref]) => (isHiding(name, ref) ? [name] : []));
}

export const hidingText = (name: string): string =>
  `The output ${name} has the name of another stage of the pipeline, or of a part of one, which could then be reached by no name. Give the output another name.`;

/** Results are handed out under the names, in one object beside the outcome of the run. */
function nameable(name: string): string {
  if (name !== '' && name !== 'outcome' && name !== '__proto__') return name;
  throw new Error(
    `An output of the pipeline has the name "${name}", under which its result could not be found: ${name === '' ? 'it is empty' : 'something else has it'}. Choose another name.`,
  );
}

/** Depth first without recursion: a chain of 100,000 stages must not overflow the stack. */
function inOrder(roots: readonly Stage[]): Stage[] {
  const order: Stage[] = [];
  const state = new Map<Stage, 'open' | 'done'>();
  const stack = [...roots].reverse();
  while (stack.length) {
    const stage = stack[stack.length - 1] as Stage;
    const seen = state.get(stage);
    if (seen) {
      stack.pop();
      if (seen === 'open') order.push(stage);
      state.set(stage, 'done');
      continue;
    }
    state.set(stage, 'open');
    for (let i = stage.inputs.length - 1; i >= 0; i--) {
      const above = stage.inputs[i]?.ref.stage as Stage;
      if (!state.has(above)) stack.push(above);
    }
  }
  return order;
}

function namesOf(outputs: ReadonlyMap<string, Ref>, stages: readonly Stage[]): Map<Stage, string> {
  const names = outputNames(outputs);
  const heads = headsOf(names);
  const taken = new Set([...outputs.keys(), ...names.values()]);
  const counts = new Map<string, number>();
  for (const stage of stages) {
    const { within } = stage;
    if (names.has(stage) && !within?.always) continue;
    const name = freeName(
      within ? `${heads.get(within.family) ?? stage.kind.name}.${within.as}` : stage.kind.name,
      taken,
      counts,
    );
    taken.add(name);
    names.set(stage, name);
  }
  return names;
}

function outputNames(outputs: ReadonlyMap<string, Ref>): Map<Stage, string> {
  const names = new Map<Stage, string>();
  for (const [name, ref] of outputs)
    if (mainPart(ref.stage) === ref.part && !names.has(ref.stage)) names.set(ref.stage, name);
  for (const [name, ref] of outputs) if (!names.has(ref.stage)) names.set(ref.stage, name);
  return names;
}

/** A family goes by the name of the output that stands for it, else of the first of its outputs. */
function headsOf(names: ReadonlyMap<Stage, string>): Map<object, string> {
  const heads = new Map<object, string>();
  for (const [{ within }, name] of names) if (within?.always) heads.set(within.family, name);
  for (const [{ within }, name] of names) if (within && !heads.has(within.family)) heads.set(within.family, name);
  return heads;
}

function freeName(kind: string, taken: ReadonlySet<string>, counts: Map<string, number>): string {
  for (;;) {
    const n = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, n);
    const name = n === 1 ? kind : `${kind}-${n}`;
    if (!taken.has(name)) return name;
  }
}

const mainPart = (stage: Stage): string => partsOf(stage)[0] ?? 'main';
