import { dirname, join } from 'node:path';
import { esbuild, isCode, type Plain, plainOptions, plainTexts } from './bundle.js';
import { foldersUp, isFile, readText } from './disk.js';
import { type Effects, effectsIn } from './effects.js';
import { readModule } from './module.js';
import type { Kept } from './snapshot.js';
import type { Universe } from './universe.js';

/** Everything known about the user's code; made on the first question that nobody has asked before. */
export interface Analysis {
  readonly universe: Universe;
  readonly effects: Effects;
}

const codeIn = ({ snapshot }: Kept) => snapshot.order.filter(isCode);

/** While the bundler is at hand: the files one by one. */
export const plainNow = async (kept: Kept): Promise<Map<string, Plain>> => {
  const files = codeIn(kept);
  const { outputFiles } = await esbuild().build(plainOptions(files));
  return plainTexts(files, outputFiles);
};

const plainLater = (kept: Kept): Map<string, Plain> => {
  const files = codeIn(kept);
  const { outputFiles } = esbuild().buildSync(plainOptions(files));
  return plainTexts(files, outputFiles);
};

export const analyse = (kept: Kept, plain: Map<string, Plain> = plainLater(kept)): Analysis => {
  const { snapshot } = kept;
  const modules = [...plain].map(([file, { text, map }]) => {
    const leads = new Map(Object.entries(snapshot.leads[file] ?? {}));
    return readModule({ file, text, map, original: readText(file) ?? '', leads });
  });
  const data = snapshot.order.filter((file) => !isCode(file));
  const universe: Universe = {
    modules: new Map(modules.map((module) => [module.file, module])),
    contents: new Map(data.map((file) => [file, contentOf(file, readText(file) ?? '')])),
    order: snapshot.order,
    root: projectOf(snapshot.roots[0] ?? '/'),
  };
  return { universe, effects: effectsIn(universe) };
};

/** The layout of JSON is no content. */
const contentOf = (file: string, text: string): string => {
  if (!file.endsWith('.json')) return `text ${text}`;
  try {
    return `json ${JSON.stringify(JSON.parse(text))}`;
  } catch {
    return `text ${text}`;
  }
};

/** The nearest folder with a manifest: places are shown from there. */
export const projectOf = (file: string): string => {
  const folders = foldersUp(dirname(file));
  return folders.find((folder) => isFile(join(folder, 'package.json'))) ?? dirname(file);
};
