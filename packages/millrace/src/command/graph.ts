import { planGraph, type Status } from '@millrace/core';
import type { Opened } from './opened.js';

export interface GraphShown {
  readonly stages: readonly {
    readonly id: string;
    readonly name: string;
    readonly label: string;
    readonly status?: Status;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly role: string;
    readonly part: string;
  }[];
}

/** Stages and what reads what; with the status of each where it is asked for. */
export async function graph(
  asked: { readonly status?: boolean },
  { graph: declared, ports }: Opened,
): Promise<GraphShown> {
  const steps = asked.status ? (await planGraph(declared, {}, ports)).plan.steps : [];
  const statuses = new Map(
    steps.flatMap((step) => step.node.names.map((name) => [name, step.decision.status] as const)),
  );
  const ids = new Map(declared.stages.map((stage, i) => [stage, `s${i}`]));
  return {
    stages: declared.stages.map((stage) => {
      const name = declared.names.get(stage) as string;
      const status = statuses.get(name);
      return {
        id: ids.get(stage) as string,
        name,
        label: stage.kind.label?.(stage.config) ?? stage.kind.name,
        ...(status && { status }),
      };
    }),
    edges: declared.stages.flatMap((stage) =>
      stage.inputs.map(({ role, ref }) => ({
        from: ids.get(ref.stage) as string,
        to: ids.get(stage) as string,
        role,
        part: ref.part,
      })),
    ),
  };
}
