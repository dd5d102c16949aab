import { createHmac } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { privateFolder, privateKey } from '@millrace/core/private';
import { sweepParts } from './source/disk.js';

/** Where this user's programs keep what can be made again. Nowhere, if the user has no home. */
export const userCache = (): string | undefined => {
  const asked = process.env['XDG_CACHE_HOME'];
  // The standard asks to ignore a relative one: it would lie in another place each time.
  if (asked && isAbsolute(asked)) return asked;
  const home = homeFolder();
  return home && join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache');
};

/** A folder of that cache where only this user can write: for what runs, or decides what runs. Nowhere, if others could. */
export const privateCache = (name = ''): string | undefined => {
  const folder = userCache();
  return folder && privateFolder(join(folder, 'millrace', name));
};

let known: { readonly key: Uint8Array | undefined } | undefined;

/** The key of this user, by which what they wrote is told apart from what others did. None where others could read it. */
export function userKey(): Uint8Array | undefined {
  if (known) return known.key;
  const folder = privateCache();
  known = { key: folder === undefined ? undefined : privateKey(folder) };
  return known.key;
}

/** Says that this user wrote a text, in a place where others may write too. `what`: a text of another kind has another seal. */
export function sealOf(what: string, text: string): string | undefined {
  const key = userKey();
  return (
    key &&
    createHmac('sha256', key)
      .update(JSON.stringify([what, text]))
      .digest('hex')
      .slice(0, 32)
  );
}

/** An account without a name, as containers use them, has none. */
const homeFolder = (): string | undefined => {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
};

/** Where downloads of this user are kept, by what they are. `setting`: what names another folder. */
export function cacheFolder(name: string, setting: string): string {
  const folder = userCache();
  if (folder) return join(folder, 'millrace', name);
  throw new Error(
    `There is no folder to keep ${name} in: the account has no home folder. Set HOME or XDG_CACHE_HOME, or name a folder by ${setting}.`,
  );
}

/** Takes away what killed runs had downloaded half into this user's cache. Gives its bytes; `look` takes nothing away. */
export async function sweepDownloads({ look }: { readonly look: boolean }): Promise<number> {
  const folder = userCache();
  return folder ? sweepParts(join(folder, 'millrace', 'urls'), { look }) : 0;
}
