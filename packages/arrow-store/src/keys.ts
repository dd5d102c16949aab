import type { ObjectId } from '@millrace/core';
import { digest } from './signed.js';

/** Keys are digests; whatever else comes gets one, so that a key is always a file name. */
export const safe = (key: string): string => (/^[0-9a-z]{4,64}$/.test(key) ? key : digest(key).slice(0, 32));

/** Whether a folder of a room holds what we put there under a key: `ab/abcd…`. */
export const isKeyFolder = (shard: string, name: string): boolean => safe(name) === name && name.startsWith(shard);

/** What an object is called. Whatever text holds such a name holds the object: no field can be left out. */
const OBJECT = /[0-9a-f]{64}\.(?:arrow|parquet|jsonl|bin|exe)/g;

export const isObject = (name: string): boolean => name.match(OBJECT)?.[0] === name;

export const objectsIn = (text: string): ObjectId[] => [...new Set(text.match(OBJECT) ?? [])];
