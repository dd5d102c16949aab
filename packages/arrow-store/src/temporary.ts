import { isKeptFromOthers, isPrivate, names, privateFolder, realFolder, removeTree } from './disk.js';
import { atEnd, kernelSays, nameOf, temporaryPlaces, userId, whoAmI, whoIs } from './process.js';

const PREFIX = 'millrace-';

/**
 * A folder that ends with this process. Nobody else can look into it, foresee its name, or put something in its place.
 * Those of killed processes are removed by the next that needs one.
 */
export const temporaryRoot = (): { readonly path: string; remove(): void } => {
  sweepTemporary();
  const mine = privateFolder(`${base()}/${PREFIX}${nameOf(whoAmI())}-`);
  const remove = () => removeTree(mine);
  const forget = atEnd(remove);
  return {
    path: `${mine}/store`,
    remove: () => {
      forget();
      remove();
    },
  };
};

/** Folders that this user made and nobody else may look into, of processes of this machine that ended. */
export const sweepTemporary = (): void => {
  const folder = base();
  for (const name of names(folder)) {
    const made = /^millrace-(.+)-[A-Za-z0-9]{6}$/.exec(name)?.[1];
    const who = made === undefined ? undefined : whoIs(made);
    const path = `${folder}/${name}`;
    if (who && kernelSays(who) === 'dead' && isPrivate(path, userId())) removeTree(path);
  }
};

/** Where everybody may move what others made, nothing of ours is put, if there is another place. */
const base = (): string => {
  const places = temporaryPlaces().map(realFolder);
  return places.find((path) => isKeptFromOthers(path, userId())) ?? (places[0] as string);
};
