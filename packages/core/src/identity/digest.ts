import { hash as sha } from 'node:crypto';
import objectHash from 'object-hash';
import type { Plain } from '../declare/plain.js';
import type { Digest } from '../ports/store.js';
import { toPlain } from './canonical.js';

/** 128 bits of the sha256 of a text. */
export const digestText = (text: string): Digest => sha('sha256', text, 'hex').slice(0, 32);

export const digestBytes = (bytes: Uint8Array): Digest => sha('sha256', bytes, 'hex').slice(0, 32);

/**
 * Of a plain tree: unshared, acyclic, without classes, so that none of object-hash's traps can be reached. Types are not
 * asked for again, since the tree's own tags carry them.
 */
export const digestConfig = (plain: Plain): Digest =>
  objectHash({ config: plain }, { algorithm: 'sha256', respectType: false }).slice(0, 32);

/** Of any value that has a canonical form; keys are in code unit order, so the text is one for one. */
export const digestValue = (value: unknown): Digest => digestText(JSON.stringify(toPlain(value)));
