import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Look, Recollection } from '../declare/kind.js';
import { redactValue } from '../declare/redact-values.js';
import { digestFile, type FileStamp, NotAFile, realPath, stampOf } from '../disk.js';
import { digestText } from '../identity/digest.js';
import type { Store } from '../ports/store.js';

/** Within this time after its last change a file can change again and keep its stamp. */
const RACY_MS = 2000;

interface FileFact {
  readonly stamp: FileStamp;
  readonly digest: string;
}

/** What stages told the store to recall. */
export const recollection = (store: Store): Recollection => ({
  recall: (name) => store.fact(`own:${name}`),
  remember: (name, given) => {
    const value = redactValue(given);
    if (JSON.stringify(store.fact(`own:${name}`)) !== JSON.stringify(value)) store.putFact(`own:${name}`, value);
  },
});

/** Where stages may read files. */
export interface Reach {
  readonly folders: readonly string[];
  /** What to do about a file that lies elsewhere, for people. */
  readonly advise: (file: string) => string;
}

export interface LookPorts {
  readonly store: Store;
  readonly base: string;
  readonly shortcuts?: Pick<Store, 'fact' | 'putFact'> | undefined;
  readonly reach?: Reach | undefined;
}

/** Looks at files by content. The stamp is a shortcut, trusted only where the file was older than two seconds when it was read. */
export const lookThrough = ({ store, base, shortcuts = store, reach }: LookPorts): Look => ({
  base,
  ...recollection(store),
  inside: (path) => {
    if (reach) refuseOutside(path, resolve(base, path), reach);
  },
  file: async (path, from) => {
    const full = isAbsolute(path) ? path : resolve(base, path);
    const stamp = await stampOf(full).catch((error) => {
      if (error instanceof NotAFile)
        throw new Error(
          `Cannot read ${full}: it is ${error.message}, not a file. What a stage reads must stay to be read again: write it to a file and name that.`,
        );
      throw new Error(
        `The file ${full} is not there or cannot be read. Check the path; relative ones start at ${base}.`,
      );
    });
    if (from !== 'anywhere' && reach) refuseOutside(path, full, reach);
    const name = `file:${digestText(full)}`;
    const known = shortcuts.fact(name) as FileFact | undefined;
    if (known && JSON.stringify(known.stamp) === JSON.stringify(stamp))
      return { digest: known.digest, bytes: stamp.size };
    const digest = await digestFile(full);
    const settled = Date.now() - Number(BigInt(stamp.ctimeNs) / 1_000_000n) > RACY_MS;
    if (settled && JSON.stringify(await stampOf(full)) === JSON.stringify(stamp))
      shortcuts.putFact(name, { stamp, digest });
    return { digest, bytes: stamp.size };
  },
});

/** By where the file really lies: a link, `..` and an address are one to it. */
function refuseOutside(path: string, full: string, { folders, advise }: Reach): void {
  const real = realPath(full);
  if (folders.some((folder) => isBelow(real, realPath(folder)))) return;
  throw new Error(`${path} leads out of the project, to ${real}. It is not read. ${advise(real)}`);
}

const isBelow = (file: string, folder: string): boolean => {
  const way = relative(folder, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};
