import type { Output, Plan, Step } from '@millrace/core';
import { familyNamed, newestNamed, runsBegun } from '@millrace/core';
import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import { typed } from '../render/typed.js';
import type { Opened } from './opened.js';

export interface Wanted {
  readonly step: Step;
  readonly part: string;
}

/** An output by its name, a stage by its own, or a part of one: `scores.summary`. A stage is named after one of its outputs, which may be a part. */
export function wanted(name: string, plan: Plan, { graph }: Pick<Opened, 'graph'>): Wanted {
  const ref = graph.outputs.get(name);
  const owner = ref && plan.steps.find(({ node }) => node.names.includes(graph.names.get(ref.stage) as string));
  if (owner) return { step: owner, part: ref.part };
  const byStage = plan.steps.find(({ node }) => node.names.includes(name));
  if (byStage) return { step: byStage, part: partsOf(byStage)[0] ?? 'main' };
  const dot = name.lastIndexOf('.');
  const step = dot > 0 ? plan.steps.find(({ node }) => node.names.includes(name.slice(0, dot))) : undefined;
  if (step) return { step, part: partNamed(step, name.slice(dot + 1)) };
  const names = [...new Set([...plan.steps.flatMap(({ node }) => node.names), ...graph.outputs.keys()])];
  throw new Mistake(
    `There is no stage ${name} in this pipeline. ${combinations(name, names) ?? spelled(name, names, 'It has')}`,
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

function partsOf({ node }: Step): string[] {
  const { work } = node.stage.kind;
  return work.is === 'rows' ? ['main'] : Object.keys(work.parts(node.stage.config));
}

function partNamed(step: Step, part: string): string {
  const parts = partsOf(step);
  if (parts.includes(part)) return part;
  throw new Mistake(`The stage ${step.name} has no part ${part}. ${spelled(part, parts, 'Its parts')}`);
}

/** What is stored of a stage now, or of its newest earlier version. */
export function storedOf({ step, part }: Wanted, { store }: Pick<Opened, 'store'>) {
  const { decision } = step;
  const now = 'outputs' in decision ? decision.outputs : undefined;
  const entry = 'entry' in decision ? decision.entry : (store.entry(step.fingerprint) ?? newestNamed(step.node, store));
  const output: Output | undefined = (now ?? entry?.parts)?.[part];
  if (!entry || !output)
    throw new Mistake(
      `Nothing is stored of ${step.name}: ${whyNothing(step, store)}. Run it: millrace run ${typed(step.name)}.`,
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
