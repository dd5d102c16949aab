import { type Matrix, norms, notFinite, rowOf } from '../nearest/matrix.js';
import { fromKey } from '../random/random.js';
import { blockSum, directions, means, squaredDistance, unitRows } from './geometry.js';
import { firstCentroids, gathered } from './start.js';

export interface ClusterConfig {
  readonly k: number;
  readonly seed: number;
  /** `cosine` compares directions: rows and centroids have length 1 */
  readonly distance: 'euclidean' | 'cosine';
  readonly iterations: number;
  /** runs with other first centroids; the best one counts */
  readonly restarts: number;
}

export const CLUSTER_DEFAULTS = { seed: 0, distance: 'cosine', iterations: 100, restarts: 3 } as const;

export interface Clustering {
  readonly kind: 'clustering';
  /** the cluster of each row */
  readonly assignments: Int32Array;
  readonly centroids: Matrix;
  /** of each row to its centroid: 1 − cosine, or the squared Euclidean distance */
  readonly distances: Float64Array;
  /** their sum */
  readonly inertia: number;
  readonly iterations: number;
}

export type ClusterResult =
  | Clustering
  | { readonly kind: 'not-finite'; readonly row: number }
  | { readonly kind: 'too-few-rows'; readonly rows: number; readonly k: number };

/** Lloyd's k-means from k-means++ starts. Only + - * / and square root, in one fixed order: the same bits everywhere. */
export function kmeans(rows: Matrix, config: ClusterConfig): ClusterResult {
  const lengths = norms(rows);
  const bad = notFinite(lengths);
  if (bad !== undefined) return { kind: 'not-finite', row: bad };
  if (rows.rows < config.k) return { kind: 'too-few-rows', rows: rows.rows, k: config.k };
  return config.distance === 'cosine' ? byDirection(unitRows(rows, lengths), lengths, config) : bestOf(rows, config);
}

/** A row of zeros has no direction, and moves no centroid: it is as far from each of them, and goes with the first. */
function byDirection(points: Matrix, lengths: Float64Array, config: ClusterConfig): ClusterResult {
  const directed = [...lengths.keys()].filter((row) => lengths[row] !== 0);
  if (directed.length < config.k) return { kind: 'too-few-rows', rows: directed.length, k: config.k };
  if (directed.length === points.rows) return bestOf(points, config);
  const found = bestOf(gathered(points, directed), config);
  const assignments = new Int32Array(points.rows);
  const distances = new Float64Array(points.rows).fill(1);
  directed.forEach((row, at) => {
    assignments[row] = found.assignments[at]!;
    distances[row] = found.distances[at]!;
  });
  return { ...found, assignments, distances, inertia: blockSum(distances) };
}

function bestOf(points: Matrix, config: ClusterConfig): Clustering {
  let best: Clustering | undefined;
  for (let restart = 0; restart < Math.max(1, config.restarts); restart++) {
    const one = lloyd(points, firstCentroids(points, config.k, fromKey('kmeans', config.seed, restart)), config);
    if (!best || one.inertia < best.inertia) best = one;
  }
  return best!;
}

interface Assigned {
  readonly assignments: Int32Array;
  readonly distances: Float64Array;
}

/** From given centroids: means and assignments in turn, until no row moves. */
export function lloyd(points: Matrix, start: Matrix, { iterations, distance }: ClusterConfig): Clustering {
  const centre = distance === 'cosine' ? directions : means;
  let centroids = start;
  let now = assign(points, centroids);
  let done = 0;
  for (let moved = true; moved && done < iterations; done++) {
    centroids = centre(points, settleEmpty(now, centroids.rows), centroids);
    const next = assign(points, centroids);
    moved = next.assignments.some((cluster, row) => cluster !== now.assignments[row]);
    now = next;
  }
  const { assignments } = now;
  // Of two vectors of length 1, half of the squared distance is 1 − cosine.
  const distances = distance === 'cosine' ? now.distances.map((squared) => squared / 2) : now.distances;
  return { kind: 'clustering', assignments, centroids, distances, inertia: blockSum(distances), iterations: done };
}

/** The nearest centroid of each row; ties go to the lower number. */
function assign(points: Matrix, centroids: Matrix): Assigned {
  const assignments = new Int32Array(points.rows);
  const distances = new Float64Array(points.rows).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < points.rows; i++) {
    const point = rowOf(points, i);
    for (let cluster = 0; cluster < centroids.rows; cluster++) {
      const distance = squaredDistance(point, centroids, cluster);
      if (distance < distances[i]!) {
        distances[i] = distance;
        assignments[i] = cluster;
      }
    }
  }
  return { assignments, distances };
}

/** An empty cluster takes the row that is farthest from its own centroid (the first of several), if any is off it at all. */
function settleEmpty({ assignments, distances }: Assigned, k: number): Int32Array {
  const settled = Int32Array.from(assignments);
  const left = Float64Array.from(distances);
  const sizes = new Int32Array(k);
  for (const cluster of assignments) sizes[cluster]! += 1;
  for (let cluster = 0; cluster < k; cluster++) {
    if (sizes[cluster]! > 0) continue;
    const farthest = left.reduce((best, distance, row) => (distance > left[best]! ? row : best), 0);
    if (left[farthest]! === 0 || sizes[settled[farthest]!]! < 2) continue;
    sizes[settled[farthest]!]! -= 1;
    settled[farthest] = cluster;
    left[farthest] = 0;
    sizes[cluster] = 1;
  }
  return settled;
}
