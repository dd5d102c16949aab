import { commandEntry } from '../command/entry.js';
import { embedEntry } from '../embed/entry.js';
import { evaluateEntry } from '../evaluate/entry.js';
import { extractEntry } from '../extract/entry.js';
import { generateEntry } from '../generate/entry.js';
import { mapEntry } from '../map/stage.js';
import { rowsEntry, sourceEntry } from '../source/stage.js';
import type { StageEntry } from './entry.js';

/** Every stage that a pipeline file can name. */
export const registry: readonly StageEntry[] = [
  mapEntry,
  generateEntry,
  extractEntry,
  embedEntry,
  evaluateEntry,
  commandEntry,
  sourceEntry,
  rowsEntry,
];
