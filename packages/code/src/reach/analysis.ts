import { dirname, join } from 'node:path';
import type { Lead } from '../bundle/edges.js';
import type { Kept, Snapshot } from '../bundle/snapshot.js';
import { withoutValues } from '../bundle/values.js';
import { foldersUp, isFile, readText } from '../disk.js';
import { originsIn, type SourceMap } from '../syntax/origin.js';
import { type Effects, effectsIn } from './effects.js';
import { type Module, readModule } from './module.js';
import { formerOrder, inOrder } from './order.js';
import type { Surroundings, Universe } from './universe.js';

/** Everything known about the user's code; made on the first question that nobody has asked before. */
export interface Analysis {
  readonly universe: Universe;
  readonly effects: Effects;
  /** In the order that 0.1 had, where that is another one. */
  readonly formerly?: Universe;
  /** Where the bundle lies. */
  readonly folder?: string;
}

export const analyse = ({ snapshot, folder, maps }: Kept): Analysis => {
  const leads = new Map<string, Lead>(Object.entries(snapshot.leads));
  const outputs = Object.keys(snapshot.outputs);
  for (const name of outputs) leads.set(`./${name}`, { output: name });
  const read = (name: string): Module => {
    const text = withoutValues(readText(join(folder, name)) ?? '');
    return readModule({
      name,
      text,
      leads,
      origin: originsIn(
        text,
        () => maps?.get(name) ?? (JSON.parse(readText(join(folder, `${name}.map`)) ?? '{}') as SourceMap),
        folder,
      ),
    });
  };
  const modules = new Map(outputs.map((name) => [name, read(name)]));
  const [order, former] = [inOrder(modules), formerOrder(modules)];
  const universe = {
    modules,
    units: order.flatMap(({ units }) => units),
    root: projectOf(snapshot.roots[0] ?? '/'),
    surroundings: surroundingsIn(snapshot),
  };
  const isAsFormer = order.every((module, at) => module === former[at]);
  return {
    universe,
    effects: effectsIn(universe),
    ...(!isAsFormer && { formerly: { ...universe, units: former.flatMap(({ units }) => units) } }),
    folder,
  };
};

const surroundingsIn = ({ imports, leads, contents }: Snapshot): Surroundings => ({
  imports: new Map(Object.entries(imports)),
  packages: new Map(Object.entries(leads).flatMap(([at, lead]) => ('package' in lead ? [[at, lead]] : []))),
  loads: (address) => contents[address]?.loads ?? [],
});

/** The nearest folder with a manifest: places are shown from there. */
const projectOf = (file: string): string => {
  const folders = foldersUp(dirname(file));
  return folders.find((folder) => isFile(join(folder, 'package.json'))) ?? dirname(file);
};
