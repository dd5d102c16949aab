import { type Metric, type MissingSetting, meanMetric } from './metric.js';

/** The cosine of two vectors, e.g. from two embed stages. A vector of zeros is like nothing (0). */
export const semanticSimilarity = (setting?: MissingSetting): Metric<number> =>
  meanMetric(
    {
      name: 'semantic_similarity',
      range: [-1, 1],
      identity: { version: 2, config: {} },
      needs: ['predictionVector', 'referenceVector'],
      perRow: ({ predictionVector, referenceVector }) =>
        cosine(predictionVector as ArrayLike<number>, referenceVector as ArrayLike<number>),
    },
    setting,
  );

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  if (a.length !== b.length) return null;
  let [both, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i]! * b[i]!;
    left += a[i]! * a[i]!;
    right += b[i]! * b[i]!;
  }
  if (left === 0 || right === 0) return 0;
  // Rounding takes it past an end of its range.
  return Math.max(-1, Math.min(1, both / (Math.sqrt(left) * Math.sqrt(right))));
}
