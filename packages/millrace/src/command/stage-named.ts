import type { Graph, Output, Plan, Ref, Stage, Step } from '@millrace/core';
import { familyNamed, newestNamed, partsOf, planGraph, runsBegun } from '@millrace/core';
import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import { suggested } from '../render/suggested.js';
import type { Opened } from './opened.js';

export interface Wanted {
  readonly step: Step;
  readonly part: string;
}

/** A stage or a part of one, with the plan of what stands above it. */
export interface PlannedStage extends Wanted {
  readonly plan: Plan;
}

/** Plans a stage with what stands above it, to read what is stored: nothing else of the pipeline is looked at. */
export async function plannedStage(name: string, { graph, ports }: Opened): Promise<PlannedStage> {
  const { plan } = await planGraph(graph, { only: [stageNameOf(name, graph)], need: [] }, ports);
  return { ...wanted(name, plan, { graph }), plan };
}

/** What the stage of a name is called in the plan. */
export const stageNameOf = (name: string, graph: Graph): string =>
  graph.names.get(refNamed(name, graph).stage) as string;

export const wanted = (name: string, plan: Plan, { graph }: Pick<Opened, 'graph'>): Wanted =>
  placeOf(refNamed(name, graph), plan, graph);

function placeOf({ stage, part }: Ref, { steps }: Plan, { names }: Graph): Wanted {
  const step = steps.find(({ node }) => node.names.includes(names.get(stage) as string));
  if (step) return { step, part };
  throw new Mistake(`The stage ${names.get(stage)} is not in what is planned. Name it with the others, or name none.`);
}

/** An output by its name, a stage by its own, or a part of one: `scores.summary`. A stage is named after one of its outputs, which may be a part. */
function refNamed(name: string, { outputs, names }: Graph): Ref {
  const stages = new Map([...names].map(([stage, own]) => [own, stage]));
  const output = outputs.get(name);
  if (output) return output;
  const stage = stages.get(name);
  if (stage) return { stage, part: partsOf(stage)[0] ?? 'main' };
  const dot = name.lastIndexOf('.');
  const owner = dot > 0 ? stages.get(name.slice(0, dot)) : undefined;
  if (owner) return { stage: owner, part: partNamed(name, owner) };
  const known = [...new Set([...stages.keys(), ...outputs.keys()])];
  throw new Mistake(
    `There is no stage ${name} in this pipeline. ${combinations(name, known) ?? spelled(name, known, 'It has')}`,
  );
}

/** A matrix makes a stage for each combination; its own name is the name of none. */
function combinations(name: string, names: readonly string[]): string | undefined {
  const made = names.filter((each) => each.replace(/\[.*\]/, '') === name);
  return made.length === 0 ? undefined : `Its matrix has one for each combination: ${made.slice(0, 20).join(', ')}.`;
}

export const stepNamed = (name: string, plan: Plan, opened: Pick<Opened, 'graph'>): Step =>
  wanted(name, plan, opened).step;

/** … and all that the stage as declared fans out to. */
export function stepsNamed(name: string, plan: Plan, opened: Pick<Opened, 'graph'>): readonly Step[] {
  const { graph } = opened;
  const members = new Set(familyNamed(name, graph).map((stage) => graph.names.get(stage)));
  const steps = plan.steps.filter(({ node }) => node.names.some((each) => members.has(each)));
  return steps.length ? steps : [stepNamed(name, plan, opened)];
}

/** Of `scores.summary`, what stands behind the last dot. */
function partNamed(name: string, stage: Stage): string {
  const dot = name.lastIndexOf('.');
  const part = name.slice(dot + 1);
  const parts = partsOf(stage);
  if (parts.includes(part)) return part;
  throw new Mistake(`The stage ${name.slice(0, dot)} has no part ${part}. ${spelled(part, parts, 'Its parts')}`);
}

/** What is stored of a stage now, or of its newest earlier version. */
export function storedOf({ step, part }: Wanted, { store }: Pick<Opened, 'store'>) {
  const { decision } = step;
  const now = 'outputs' in decision ? decision.outputs : undefined;
  const entry = 'entry' in decision ? decision.entry : (store.entry(step.fingerprint) ?? newestNamed(step.node, store));
  const output: Output | undefined = (now ?? entry?.parts)?.[part];
  if (!entry || !output)
    throw new Mistake(
      `Nothing is stored of ${step.name}: ${whyNothing(step, store)}. Run it: ${suggested('run', step.name)}.`,
    );
  const failed = entry.fingerprint === step.fingerprint && entry.status === 'incomplete';
  return { entry, output, current: failed || now !== undefined };
}

/** A record that cannot be read is set aside, and is not there for whoever comes later. */
function whyNothing({ name }: Step, store: Opened['store']): string {
  const damaged = store.noticed().map(({ object, what }) => `${object}: ${what}`);
  if (damaged.length) return `its record may be among what is damaged (${damaged.slice(0, 3).join('; ')})`;
  const ran = runsBegun(store, RUNS).some(({ outcome }) => {
    const stages = (outcome?.['stages'] ?? {}) as Readonly<Record<string, { readonly status: string } | undefined>>;
    return !['failed', 'skipped', undefined].includes(stages[name]?.status);
  });
  return ran ? 'a run gave it, and its record is gone' : 'it has not run yet';
}

const RUNS = 20;

/** These and all that stands below them. */
export function withBelow(steps: readonly Step[], roots: readonly Step[]): Step[] {
  const found = new Set(roots);
  for (const step of steps)
    if (step.node.inputs.some(({ node }) => [...found].some((above) => above.node === node))) found.add(step);
  return [...found];
}
