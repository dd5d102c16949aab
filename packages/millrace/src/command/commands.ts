import { command as accept } from './say-accept.js';
import { command as check } from './say-check.js';
import { command as clear } from './say-clear.js';
import { command as completion } from './say-completion.js';
import { command as diff } from './say-diff.js';
import { command as exportOf } from './say-export.js';
import { command as gc } from './say-gc.js';
import { command as graph } from './say-graph.js';
import { command as importOf } from './say-import.js';
import { command as init } from './say-init.js';
import { command as ls } from './say-ls.js';
import { command as plan } from './say-plan.js';
import { command as run } from './say-run.js';
import { command as runs } from './say-runs.js';
import { command as schema } from './say-schema.js';
import { command as show } from './say-show.js';
import { command as verify } from './say-verify.js';
import { command as watch } from './say-watch.js';
import { command as why } from './say-why.js';
import type { Run } from './session.js';

export const RUN_BY_NAME: Readonly<Record<string, Run>> = {
  accept,
  check,
  clear,
  completion,
  diff,
  export: exportOf,
  gc,
  graph,
  import: importOf,
  init,
  ls,
  runs,
  schema,
  show,
  verify,
  watch,
  why,
  plan,
  run,
};
