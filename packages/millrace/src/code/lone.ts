import type { Analysis } from './analysis.js';
import type { Found } from './find.js';
import { readModule } from './module.js';
import { parseFunction } from './syntax.js';

/** A function that stands in no file we can read: its own text is all there is. */
export const loneFunction = (text: string): { readonly found: Found; readonly analysis: Analysis } | undefined => {
  const parsed = parseFunction(text);
  if (!parsed) return undefined;
  const source = { file: '', text: parsed.source, original: parsed.source, map: '', leads: new Map() };
  const module = readModule(source);
  const [node] = module.functions;
  const [unit] = module.units;
  if (!node || !unit) return undefined;
  const universe = { modules: new Map([['', module]]), contents: new Map(), order: [''], root: '' };
  return { found: { module, unit, node }, analysis: { universe, effects: { on: new Map(), onGlobals: [] } } };
};
