import type { Stage } from './stage.js';
import type { Ref } from './table.js';
import { type AnyHandle, refOf } from './table.js';

/** The named outputs of a graph of stages. Names are for people and in no key. */
export interface Graph {
  readonly outputs: ReadonlyMap<string, Ref>;
  /** Every stage that the outputs need, inputs before those that read them. */
  readonly stages: readonly Stage[];
  /** Display names: the output's name, else the kind's with a number. */
  readonly names: ReadonlyMap<Stage, string>;
}

export function graphOf(outputs: Readonly<Record<string, AnyHandle>>): Graph {
  const refs = new Map(Object.entries(outputs).map(([name, handle]) => [name, refOf(handle)]));
  const stages = inOrder([...refs.values()].map((ref) => ref.stage));
  return { outputs: refs, stages, names: namesOf(refs, stages) };
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
  const taken = new Set([...outputs.keys(), ...names.values()]);
  const counts = new Map<string, number>();
  const owners = ownersOf(stages, names);
  for (const stage of stages) {
    if (names.has(stage)) continue;
    const name = freeName(
      stage.within ? `${owners.get(stage) ?? stage.kind.name}.${stage.within}` : stage.kind.name,
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

/** For a stage within another: the name of the output that it works for, the first one below it. */
function ownersOf(stages: readonly Stage[], names: ReadonlyMap<Stage, string>): Map<Stage, string> {
  const owners = new Map<Stage, string>();
  for (const stage of [...stages].reverse()) {
    const name = names.get(stage) ?? owners.get(stage);
    if (name === undefined) continue;
    owners.set(stage, name);
    for (const { ref } of stage.inputs) if (ref.stage.within && !owners.has(ref.stage)) owners.set(ref.stage, name);
  }
  return owners;
}

/** Under which name the stage is compared with its earlier self: what it does counts, wherever its place is now. */
export const earlierName = (name: string, { within }: Stage): string =>
  within === undefined || name.endsWith(`.${within}`) ? name : `${name}.${within}`;

function freeName(kind: string, taken: ReadonlySet<string>, counts: Map<string, number>): string {
  for (;;) {
    const n = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, n);
    const name = n === 1 ? kind : `${kind}-${n}`;
    if (!taken.has(name)) return name;
  }
}

export const mainPart = (stage: Stage): string =>
  stage.kind.work.is === 'rows' ? 'main' : (Object.keys(stage.kind.work.parts(stage.config))[0] ?? 'main');
