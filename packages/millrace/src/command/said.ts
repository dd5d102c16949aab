import type { CommandSaid } from './flags.js';
import { OF_PIPELINES } from './said-pipeline.js';
import { OF_STORES } from './said-store.js';

const ORDER = [
  'init',
  'run',
  'plan',
  'why',
  'show',
  'ls',
  'runs',
  'diff',
  'check',
  'watch',
  'graph',
  'export',
  'import',
  'accept',
  'verify',
  'clear',
  'gc',
  'schema',
  'completion',
];

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSaid[] = [...OF_PIPELINES, ...OF_STORES].sort(
  (a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name),
);
