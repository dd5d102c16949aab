import type { Plan } from './plan.js';
import type { Problem } from './survey.js';

/** What each stage that may run says must be there first: keys, files, models. Asked before anything is spent, all at once. */
export async function preflight(plan: Plan): Promise<Problem[]> {
  const asked = plan.steps.filter(
    ({ node, decision }) => node.stage.kind.preflight && (decision.status === 'run' || decision.status === 'later'),
  );
  const said = await Promise.all(
    asked.map(async ({ node, name }) => {
      const sentences = (await node.stage.kind.preflight?.(node.stage.config, node.stage.options)) ?? [];
      return sentences.map((message): Problem => ({ is: 'preflight', stage: name, message }));
    }),
  );
  return said.flat();
}
