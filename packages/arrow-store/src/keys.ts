import { digest } from './signed.js';

/** Keys are digests; whatever else comes gets one, so that a key is always a file name. */
export const safe = (key: string): string => (/^[0-9a-z]{4,64}$/.test(key) ? key : digest(key).slice(0, 32));

/** Folders of at most a 256th each. */
export const sharded = (root: string, key: string): string => {
  const name = safe(key);
  return `${root}/${name.slice(0, 2)}/${name}`;
};
