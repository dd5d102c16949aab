import { type Metric, type MetricIdentity, mean, metric } from './metric.js';

export interface PassConfig {
  readonly k: number;
  /** says of one sample whether it is right: 1, or anything less */
  readonly correct: Metric<number>;
}

type Tally = { readonly samples: number; readonly right: number };

const sampled = (score: number | null): Tally | null =>
  score === null ? null : { samples: 1, right: Number(score === 1) };

/**
 * The chance that at least one of k samples of a task is right, estimated without bias from n ≥ k samples of which c
 * are right: 1 − C(n−c, k) / C(n, k), then the mean over tasks (Chen et al. 2021). A task with fewer samples is failed.
 */
export function passAtK({ k, correct }: PassConfig): Metric<Tally> {
  if (!Number.isInteger(k) || k < 1)
    throw new Error(
      `passAtK was given k ${k}: of how many samples one must be right, a whole number from 1 on. Say k: 1.`,
    );
  return metric<Tally>({
    name: `pass_at_${k}`,
    identity: identityOf(k, correct),
    needs: correct.needs,
    unit: { samples: k },
    perRow: async (values) => sampled(await correct.perRow(values)),
    withCode: (functions) => passAtK({ k, correct: { ...correct, ...functions } }),
    missing: (values) => sampled(correct.missing(values)),
    fold: (tasks) => mean(tasks.map((task) => chance(task, k))),
  });
}

function identityOf(k: number, { name, identity }: Metric): MetricIdentity {
  return 'code' in identity
    ? { code: { ...identity.code, passAt: k } }
    : { version: 1, config: { k, correct: { name, ...identity } } };
}

/** As a product, since the binomials overflow. */
function chance({ samples, right }: Tally, k: number): number {
  let noneRight = 1;
  for (let i = samples - right + 1; i <= samples; i++) noneRight *= 1 - k / i;
  return 1 - noneRight;
}
