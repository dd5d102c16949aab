import { chunk } from '../chunk/stage.js';
import { cluster } from '../cluster/stage.js';
import { commandEntry } from '../command/entry.js';
import { dedupe } from '../dedupe/stage.js';
import { datasetEntry, downloadEntry } from '../download/entry.js';
import { embedEntry } from '../embed/entry.js';
import { evaluateEntry } from '../evaluate/entry.js';
import { explode } from '../explode/stage.js';
import { extractEntry } from '../extract/entry.js';
import { filterEntry } from '../filter/stage.js';
import { generateEntry } from '../generate/entry.js';
import { groupEntry } from '../group/stage.js';
import { joinEntry } from '../join/join.js';
import { limit } from '../limit/stage.js';
import { mapEntry } from '../map/stage.js';
import { nearestEntry } from '../nearest/stage.js';
import { sample } from '../sample/stage.js';
import { sort } from '../sort/stage.js';
import { rowsEntry, sourceEntry } from '../source/stage.js';
import { splitEntry } from '../split/stage.js';
import { stackEntry } from '../stack/stage.js';
import type { StageEntry } from './entry.js';

/** Every stage that a pipeline file can name. */
export const registry: readonly StageEntry[] = [
  mapEntry,
  generateEntry,
  extractEntry,
  embedEntry,
  evaluateEntry,
  commandEntry,
  downloadEntry,
  datasetEntry,
  sourceEntry,
  rowsEntry,
  chunk.entry,
  cluster.entry,
  dedupe.entry,
  explode.entry,
  filterEntry,
  groupEntry,
  joinEntry,
  limit.entry,
  nearestEntry,
  sample.entry,
  sort.entry,
  splitEntry,
  stackEntry,
];
