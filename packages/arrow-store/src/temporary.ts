import { makeFolder, names, removeTree } from './disk.js';
import { atEnd, kernelSays, nameOf, token, userFolder, whoAmI, whoIs } from './process.js';

/** A folder that ends with this process. Those of killed processes are removed by the next that needs one. */
export const temporaryRoot = (): { readonly path: string; remove(): void } => {
  const mine = `${userFolder()}/${nameOf(whoAmI())}`;
  sweepTemporary();
  const path = `${mine}/${token()}`;
  makeFolder(path);
  const remove = () => removeTree(path);
  const forget = atEnd(() => removeTree(mine));
  return {
    path,
    remove: () => {
      forget();
      remove();
    },
  };
};

export const sweepTemporary = (): void => {
  for (const name of names(userFolder())) {
    const who = whoIs(name);
    if (who && kernelSays(who) === 'dead') removeTree(`${userFolder()}/${name}`);
  }
};
