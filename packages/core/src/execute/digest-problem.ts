import { digestText } from '../identity/digest.js';
import type { Entry, Output } from '../ports/store.js';
import { folderDigest } from './folder.js';

/** Why an entry is not to be believed: a digest in it is not that of the files or the value beside it. */
export const digestProblem = ({ parts }: Pick<Entry, 'parts'>): string | undefined => {
  const other = Object.entries(parts).find(([, output]) => !hasItsDigest(output));
  return other && `the digest of ${JSON.stringify(other[0])} is not that of what it holds`;
};

/** Tables are read for it: see `verify --deep`. */
const hasItsDigest = (output: Output): boolean => {
  if (output.is === 'folder') return output.digest === folderDigest(output.files);
  return output.is === 'table' || output.digest === digestText(JSON.stringify(output.value));
};
