import type { MoneyBudget } from '../declare/kind.js';
import type { Store } from '../ports/store.js';
import type { Plan } from './plan.js';
import type { Problem } from './survey.js';

/**
 * What must be there before anything is spent, all said at once: what each stage that may run asks for (keys, files,
 * models), and a disk that takes what they make.
 */
export async function preflight(plan: Plan, budget: MoneyBudget, store: Store): Promise<Problem[]> {
  const mayRun = plan.steps.filter(({ decision }) => decision.status === 'run' || decision.status === 'later');
  const asked = mayRun.filter(({ node }) => node.stage.kind.preflight);
  const said = await Promise.all(
    asked.map(async ({ node, name }) => {
      const sentences = (await node.stage.kind.preflight?.(node.stage.config, node.stage.options, budget)) ?? [];
      return sentences.map((message): Problem => ({ is: 'preflight', stage: name, message }));
    }),
  );
  return [...(mayRun.length ? fullDisk(store) : []), ...said.flat()];
}

const LEAST_ROOM = 1 << 20;

function fullDisk(store: Store): Problem[] {
  const room = store.room();
  if (room === undefined || room >= LEAST_ROOM) return [];
  const message = `The disk of the store ${store.where} has ${Math.round(room / 1024)} kB left, and what is computed could not be kept. Nothing was asked for yet. Free some space, or choose another store, and run again.`;
  return [{ is: 'disk', message }];
}
