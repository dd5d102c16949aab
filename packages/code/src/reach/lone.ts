import { itself } from '../syntax/origin.js';
import { parseFunction } from '../syntax/syntax.js';
import type { Analysis } from './analysis.js';
import { NO_EFFECTS } from './effects.js';
import type { Found } from './find.js';
import { readModule } from './module.js';
import { NO_SURROUNDINGS } from './universe.js';

/** A function that stands in no file we can read: its own text is all there is. */
export const loneFunction = (text: string): { readonly found: Found; readonly analysis: Analysis } | undefined => {
  const parsed = parseFunction(text);
  if (!parsed) return undefined;
  const { source } = parsed;
  const module = readModule({ name: '', text: source, origin: itself(source), leads: new Map() });
  const [node] = module.scopes.functions;
  const [unit] = module.units;
  if (!node || !unit) return undefined;
  const universe = { modules: new Map([['', module]]), units: module.units, root: '', surroundings: NO_SURROUNDINGS };
  return { found: { module, unit, node }, analysis: { universe, effects: NO_EFFECTS } };
};
