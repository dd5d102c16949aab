import { type Added, type Handle, type Kind, type PartResult, setting, stage, type Table } from '@millrace/core';
import { beside } from '../beside/stage.js';
import { texts, vectors } from '../functions/columns.js';
import { goodRows, tableIn, valuesOf } from '../functions/table.js';
import { rowOf } from '../nearest/matrix.js';
import { notFinite, requireVectors, type Vectors as VectorRows, vectorsOf } from '../nearest/vectors.js';
import { partial, rows } from '../registry/common.js';
import { defineStage, gives, type Output, type TableOf } from '../registry/define.js';
import { CLUSTER_DEFAULTS, type ClusterConfig, type Clustering, kmeans } from './kmeans.js';
import { summarise } from './summarise.js';

/** Adds the number of each row's cluster, by its vector. A row without a vector has none. */
export const cluster = defineStage({
  name: 'cluster',
  describe: 'Adds the number of each row’s cluster, by its vector.',
  inputs: { rows },
  config: {
    from: setting.column('The column of vectors.', { holds: vectors }),
    k: setting.int('How many clusters.', { min: 1 }),
    into: setting.newColumn<number>()('The column of the cluster’s number.', { default: 'cluster' }),
    distanceInto: setting.newColumn<number>()('A column for the distance to its centre.', { optional: true }),
    text: setting.column('What each row says: the summary tells the clusters by it.', { holds: texts, optional: true }),
    terms: setting.int('So many words tell a cluster.', { min: 0, default: 10 }),
    examples: setting.int('So many rows tell a cluster.', { min: 0, default: 3 }),
    seed: setting.int('Names the draw of the first centres.', { default: CLUSTER_DEFAULTS.seed }),
    distance: setting.oneOf('How far two vectors are.', ['cosine', 'euclidean'], {
      default: CLUSTER_DEFAULTS.distance,
    }),
    iterations: setting.int('At most so many steps.', { min: 1, default: CLUSTER_DEFAULTS.iterations }),
    restarts: setting.int('Other first centres; the best counts.', { min: 1, default: CLUSTER_DEFAULTS.restarts }),
    partial,
  },
  gives: gives<Clustered>(),
  build: ({ rows }, { into, distanceInto, ...config }, options) => {
    const parts = stage<Handle & Record<'centroids' | 'summary', Handle>, ClusteringConfig>({
      kind,
      inputs: { rows },
      config,
      options,
    });
    const take = { cluster: into, ...(distanceInto !== undefined && { distance: distanceInto }) };
    const main = beside<Handle>({ rows, made: parts }, { take, rows: 'row', partial: config.partial }, options);
    return Object.freeze({ ...main, centroids: parts.centroids, summary: parts.summary });
  },
});

interface Clustered extends Output {
  readonly output: TableOf<this['rows'] & Added<this['settings'], this['asked']>, this['open']> & {
    readonly centroids: Table<Centroid, false>;
    readonly summary: Table<ClusterRow, false>;
  };
}

export type Centroid = {
  cluster: number;
  size: number;
  centroid: Float32Array;
};

export type ClusterRow = {
  cluster: number;
  size: number;
  /** The words that set it apart; null without a column of texts. */
  terms: string[] | null;
  /** What the rows nearest to its centre say. */
  examples: string[] | null;
  /** Their numbers. */
  rows: Int32Array;
};

interface ClusteringConfig extends ClusterConfig {
  readonly from: string;
  /** The column of what each row says, for the summary. */
  readonly text: string | undefined;
  readonly terms: number;
  readonly examples: number;
  readonly partial: boolean;
}

/** Finds the clusters, from just the vectors (and the texts that the summary tells them by). */
const kind: Kind<ClusteringConfig> = {
  name: 'cluster',
  version: 2,
  nature: 'pure',
  label: ({ k, from, distance }) => `${k} of ${from}, ${distance}`,
  work: {
    is: 'whole',
    parts: () => ({ assigned: 'table', centroids: 'table', summary: 'table' }),
    partial: ({ partial }) => partial,
    reads: ({ from, text }) => [from, ...(text === undefined ? [] : [text])],
    columns: ({ from }, { rows }) => {
      if (rows) requireVectors('cluster', from, rows[from]);
      return { assigned: ASSIGNED, centroids: CENTROIDS, summary: SUMMARY };
    },
    run: async ({ config, inputs }) => {
      const table = tableIn(inputs, 'rows');
      const vectors = await vectorsOf('cluster', table, config.from);
      const found = clustered(vectors, config);
      const texts = config.text === undefined ? undefined : await valuesOf(table, [config.text]);
      const all = goodRows(table);
      return partsOf(found, vectors, { config, all, texts: texts?.[0] as (string | null)[] | undefined });
    },
  },
};

const ASSIGNED = { row: 'int32', cluster: 'int32', distance: 'float64' } as const;
const CENTROIDS = { cluster: 'int32', size: 'int32', centroid: { list: 'float32' } } as const;
const SUMMARY = {
  cluster: 'int32',
  size: 'int32',
  terms: { list: 'text' },
  examples: { list: 'text' },
  rows: { list: 'int32' },
} as const;

function clustered(vectors: VectorRows, config: ClusteringConfig): Clustering {
  if (vectors.rows.length === 0) return noClusters(vectors.matrix);
  const found = kmeans(vectors.matrix, config);
  if (found.kind === 'clustering') return found;
  if (found.kind === 'not-finite') throw notFinite('cluster', config.from, vectors.rows[found.row] as number);
  throw new Error(
    `cluster was asked for ${found.k} clusters of ${found.rows} rows with ${config.distance === 'cosine' ? 'vectors that have a direction' : 'vectors'} in ${config.from}: there are not as many rows. Ask for at most ${found.rows}, or give more rows.`,
  );
}

/** Where nothing came through from above. */
const noClusters = (centroids: Clustering['centroids']): Clustering => ({
  kind: 'clustering',
  assignments: new Int32Array(0),
  centroids,
  distances: new Float64Array(0),
  inertia: 0,
  iterations: 0,
});

interface Said {
  readonly config: ClusteringConfig;
  /** Rows with a vector and rows without one. */
  readonly all: Int32Array;
  readonly texts: readonly (string | null)[] | undefined;
}

function partsOf(found: Clustering, { rows }: VectorRows, { config, all, texts }: Said): Record<string, PartResult> {
  const said = Array.from(rows, (row) => texts?.[row] ?? '');
  const summary = summarise(found, said, { terms: config.terms, representatives: config.examples });
  const places = new Map(Array.from(rows, (row, at) => [row, at]));
  const assigned = Array.from(all, (row) => {
    const at = places.get(row);
    if (at === undefined) return { row, cluster: null, distance: null };
    const distance = found.distances[at] as number;
    return {
      row,
      cluster: found.assignments[at] as number,
      distance: config.distance === 'cosine' ? distance : Math.sqrt(distance),
    };
  });
  const centroids = summary.map(({ cluster, size }) => ({ cluster, size, centroid: rowOf(found.centroids, cluster) }));
  return {
    assigned: { rows: [assigned], columns: ASSIGNED },
    centroids: { rows: [centroids], columns: CENTROIDS },
    summary: {
      rows: [
        summary.map(({ cluster, size, terms, representatives }) => ({
          cluster,
          size,
          terms: texts ? terms : null,
          examples: texts ? representatives.map((at) => said[at] as string) : null,
          rows: representatives.map((at) => rows[at] as number),
        })),
      ],
      columns: SUMMARY,
    },
  };
}
