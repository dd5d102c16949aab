import type { Run } from './session.js';

/** Each command is loaded only when it is asked for. */
export const LOAD: Readonly<Record<string, () => Promise<{ readonly command: Run }>>> = {
  run: () => import('./say-run.js'),
  plan: () => import('./say-plan.js'),
  why: () => import('./say-why.js'),
  ls: () => import('./say-ls.js'),
  show: () => import('./say-show.js'),
  runs: () => import('./say-runs.js'),
  diff: () => import('./say-diff.js'),
  check: () => import('./say-check.js'),
  export: () => import('./say-export.js'),
  import: () => import('./say-import.js'),
  accept: () => import('./say-accept.js'),
  verify: () => import('./say-verify.js'),
  gc: () => import('./say-gc.js'),
  clear: () => import('./say-clear.js'),
  graph: () => import('./say-graph.js'),
  init: () => import('./say-init.js'),
  watch: () => import('./say-watch.js'),
  schema: () => import('./say-schema.js'),
  completion: () => import('./say-completion.js'),
};
