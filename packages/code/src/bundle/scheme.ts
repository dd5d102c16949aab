import { readText } from '../disk.js';

/** Set by the build: names the text of the reader. */
declare const READER_DIGEST: string;

/** What another version of the reader has kept is read again. */
export const SCHEME = typeof READER_DIGEST === 'string' ? READER_DIGEST : 'source';

/** What was kept in a file by this version of the reader. Nothing where others can write. */
export const keptIn = <T extends { readonly scheme: string }>(
  file: string,
  isPrivate: (path: string) => boolean,
): T | undefined => {
  const text = isPrivate(file) ? readText(file) : undefined;
  try {
    const kept = JSON.parse(text ?? 'null') as T | null;
    return kept?.scheme === SCHEME ? kept : undefined;
  } catch {
    return undefined;
  }
};
