import { dirname, join } from 'node:path';
import { foldersUp, isFile, isFolder } from '../disk.js';
import { Mistake } from '../mistake.js';
import { notice } from '../notice.js';
import { type Project, rootOf } from '../project.js';

const NAMES = ['yaml', 'yml', 'ts', 'mts', 'js', 'mjs', 'toml', 'json'].map((extension) => `pipeline.${extension}`);

/** The pipeline file: as the config says, else `pipeline.*` here or further up, as far as the project goes. */
export function findFile(folder: string, project: Project): string {
  const said = fileOf(project, folder);
  if (said !== undefined) return givenFile(said);
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

/** The file that a config names, if the config lies where the command is called: from above it would say what is run. */
function fileOf({ config: { file }, configFile, named }: Project, folder: string): string | undefined {
  if (file === undefined || configFile === undefined) return undefined;
  const from = dirname(configFile);
  if (named || from === folder) return join(from, file);
  notice(
    `The pipeline ${file} that ${configFile} names is not taken: the settings lie above ${folder}, where they may say where things are kept, and not what is run. Name it: --file ${join(from, file)}, or call the command in ${from}.`,
  );
  return undefined;
}

/** A pipeline by its path, or by that of its folder. */
export function givenFile(path: string): string {
  if (isFile(path)) return path;
  const inside = isFolder(path) ? NAMES.map((name) => join(path, name)).find(isFile) : undefined;
  if (inside !== undefined) return inside;
  throw new Mistake(`Cannot read the pipeline ${path}: there is no such file. Check the path after --file.`);
}
