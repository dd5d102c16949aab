import { join, resolve } from 'node:path';
import { foldersUp, isFile, isFolder } from '../disk.js';
import { Mistake } from '../mistake.js';
import { type Project, rootOf } from '../project.js';

const NAMES = ['yaml', 'yml', 'ts', 'mts', 'js', 'mjs', 'toml', 'json'].map((extension) => `pipeline.${extension}`);

/** The pipeline file: as asked, as the config says, else `pipeline.*` here or further up, as far as the project goes. */
export function findFile(asked: string | undefined, folder: string, { root, config }: Project): string {
  const said = asked ?? (config.file === undefined ? undefined : join(root, config.file));
  if (said !== undefined) return given(resolve(folder, said));
  const up = foldersUp(folder);
  const within = up.slice(0, up.indexOf(rootOf(folder)) + 1);
  const found = (within.length ? within : [folder])
    .flatMap((each) => NAMES.map((name) => join(each, name)))
    .find(isFile);
  if (found !== undefined) return found;
  throw new Mistake(
    `There is no pipeline in ${folder}: none of ${NAMES.slice(0, 3).join(', ')} … is there or above it. Run millrace init, or name the file: --file path/to/pipeline.yaml.`,
  );
}

function given(path: string): string {
  if (isFile(path)) return path;
  const inside = isFolder(path) ? NAMES.map((name) => join(path, name)).find(isFile) : undefined;
  if (inside !== undefined) return inside;
  throw new Mistake(`Cannot read the pipeline ${path}: there is no such file. Check the path after --file.`);
}
