/** Set by the build: names the text of the reader. */
declare const READER_DIGEST: string;

/** What another version of the reader has kept is read again. */
export const SCHEME = typeof READER_DIGEST === 'string' ? READER_DIGEST : 'source';
