import type { Clustering } from './kmeans.js';

export interface ClusterSummary {
  readonly cluster: number;
  readonly size: number;
  /** the words that set the cluster apart, most telling first */
  readonly terms: readonly string[];
  /** the rows nearest to the centroid, nearest first */
  readonly representatives: readonly number[];
}

const TERM = /[\p{L}\p{M}][\p{L}\p{M}\p{N}'’-]+/gu;

/**
 * How telling a term is: the share of the cluster's texts that hold it, times the logarithm of how much larger that is
 * than its share of all texts. A word that is everywhere scores nothing, so no list of stop words is needed. Ties by
 * code unit.
 */
function topTerms(
  texts: readonly string[],
  assignments: Int32Array,
  { k, count }: { k: number; count: number },
): string[][] {
  const inAll = new Map<string, number>();
  const inCluster = Array.from({ length: k }, () => new Map<string, number>());
  const sizes = sizesOf(assignments, k);
  texts.forEach((text, row) => {
    for (const term of new Set(text.normalize('NFKC').toLowerCase().match(TERM) ?? [])) {
      inAll.set(term, (inAll.get(term) ?? 0) + 1);
      const own = inCluster[assignments[row]!]!;
      own.set(term, (own.get(term) ?? 0) + 1);
    }
  });
  return inCluster.map((own, cluster) => {
    const score = (held: number, term: string) => {
      const share = held / sizes[cluster]!;
      return share * Math.log((share * texts.length) / inAll.get(term)!);
    };
    const scored = Array.from(own, ([term, held]) => ({ term, score: score(held, term) }));
    return best(scored, count);
  });
}

const best = (scored: readonly { term: string; score: number }[], count: number): string[] =>
  scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.term < b.term ? -1 : 1))
    .slice(0, count)
    .map(({ term }) => term);

function sizesOf(assignments: Int32Array, k: number): Int32Array {
  const sizes = new Int32Array(k);
  for (const cluster of assignments) sizes[cluster]! += 1;
  return sizes;
}

/** The rows nearest to each centroid, nearest first; ties by row. */
function representatives({ assignments, distances, centroids }: Clustering, count: number): number[][] {
  const byDistance = Array.from(distances.keys()).sort((a, b) => distances[a]! - distances[b]! || a - b);
  const out = Array.from({ length: centroids.rows }, (): number[] => []);
  for (const row of byDistance) {
    const own = out[assignments[row]!]!;
    if (own.length < count) own.push(row);
  }
  return out;
}

export interface SummaryConfig {
  readonly terms: number;
  readonly representatives: number;
}

/** `texts[row]` is what the row says. */
export function summarise(clustering: Clustering, texts: readonly string[], config: SummaryConfig): ClusterSummary[] {
  const k = clustering.centroids.rows;
  const sizes = sizesOf(clustering.assignments, k);
  const terms = topTerms(texts, clustering.assignments, { k, count: config.terms });
  const nearest = representatives(clustering, config.representatives);
  return Array.from(sizes, (size, cluster) => ({
    cluster,
    size,
    terms: terms[cluster]!,
    representatives: nearest[cluster]!,
  }));
}
