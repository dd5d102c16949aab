import {
  type EngineOptions,
  type Handle,
  type Kind,
  type New,
  type Ok,
  type PartResult,
  type Row,
  stage,
  type Table,
} from '@millrace/core';
import { beside } from '../beside/stage.js';
import type { Holds, Name, Texts, Vectors } from '../functions/columns.js';
import { goodRows, tableIn, valuesOf } from '../functions/table.js';
import { rowOf } from '../nearest/matrix.js';
import { notFinite, requireVectors, type Vectors as VectorRows, vectorsOf } from '../nearest/vectors.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { CLUSTER_DEFAULTS, type ClusterConfig, type Clustering, kmeans } from './kmeans.js';
import { summarise } from './summarise.js';

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

interface Given extends Partial<ClusterConfig> {
  readonly from: string;
  readonly k: number;
  readonly into?: string;
  readonly distanceInto?: string;
  readonly text?: string;
  readonly terms?: number;
  readonly examples?: number;
  readonly partial?: boolean;
}

function build(rows: Handle, given: Given, options?: EngineOptions): Handle & Record<'centroids' | 'summary', Handle> {
  const { into = 'cluster', distanceInto, text, terms = 10, examples = 3, partial = false, ...rest } = given;
  const config = { ...CLUSTER_DEFAULTS, ...rest, text, terms, examples, partial };
  if (!Number.isInteger(config.k) || config.k < 1)
    throw new Error(`cluster was asked for ${config.k} clusters: k is a whole number from 1 on. Say k: 8.`);
  for (const name of ['restarts', 'iterations'] as const)
    if (!Number.isInteger(config[name]) || config[name] < 1)
      throw new Error(
        `cluster was given ${name} ${config[name]}: a whole number from 1 on. Leave it out for ${CLUSTER_DEFAULTS[name]}.`,
      );
  const parts = stage<Handle & Record<'centroids' | 'summary', Handle>, ClusteringConfig>({
    kind,
    inputs: { rows },
    config,
    options,
  });
  const take = { cluster: into, ...(distanceInto !== undefined && { distance: distanceInto }) };
  const main = beside<Handle>({ rows, made: parts }, { take, rows: 'row', partial }, options);
  return Object.freeze({ ...main, centroids: parts.centroids, summary: parts.summary });
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

/** Adds the number of each row's cluster, by its vector. A row without a vector has none. */
export function cluster<
  R extends Row,
  O extends boolean,
  const F extends Name<R>,
  const I extends string = 'cluster',
  const D extends string = never,
  const X extends Name<R> = never,
>(
  rows: Table<R, O>,
  config: Partial<ClusterConfig> & {
    /** The column of vectors. */
    readonly from: Ok<F, Holds<F, R, O, Vectors>>;
    readonly k: number;
    /** The column of the cluster's number. Default: `cluster`. */
    readonly into?: Ok<I, New<I, R>>;
    /** A column for the distance to its centre. */
    readonly distanceInto?: Ok<D, New<D, R>>;
    /** The column of what each row says: the summary tells the clusters by it. */
    readonly text?: Ok<X, Holds<X, R, O, Texts>>;
    /** So many words, and so many rows, tell a cluster. */
    readonly terms?: number;
    readonly examples?: number;
    /** Rows that failed above are left out instead of refused. */
    readonly partial?: boolean;
  },
  options?: EngineOptions,
): Table<R & Record<I | D, number>, O> & {
  readonly centroids: Table<Centroid, false>;
  readonly summary: Table<ClusterRow, false>;
} {
  checkSettings(clusterEntry, config, options);
  return build(rows, config as unknown as Given, options) as never;
}

export const clusterEntry: StageEntry = {
  name: 'cluster',
  describe: 'Adds the number of each row’s cluster, by its vector.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    from: { is: 'column', required: true, describe: 'The column of vectors.' },
    k: { is: 'int', min: 1, required: true, describe: 'How many clusters.' },
    into: { is: 'new column', default: 'cluster', describe: 'The column of the cluster’s number.' },
    distanceInto: { is: 'new column', describe: 'A column for the distance to its centre.' },
    text: { is: 'column', describe: 'What each row says: the summary tells the clusters by it.' },
    terms: { is: 'int', min: 0, default: 10, describe: 'So many words tell a cluster.' },
    examples: { is: 'int', min: 0, default: 3, describe: 'So many rows tell a cluster.' },
    seed: { is: 'int', default: 0, describe: 'Names the draw of the first centres.' },
    distance: { is: 'text', oneOf: ['cosine', 'euclidean'], default: 'cosine', describe: 'How far two vectors are.' },
    iterations: { is: 'int', min: 1, default: 100, describe: 'At most so many steps.' },
    restarts: { is: 'int', min: 1, default: 3, describe: 'Other first centres; the best counts.' },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => build(inputs.rows as Handle, config as unknown as Given, options),
};
