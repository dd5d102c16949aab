import type { Stored } from '@millrace/core';
import { stat } from './disk.js';
import type { Place } from './place.js';
import { objectsNamed } from './reach.js';
import { records } from './records.js';

export interface Listed extends Pick<Stored, 'fingerprint' | 'label' | 'status' | 'origin' | 'at' | 'cost' | 'worth'> {
  /** Of its objects that are there; entries share objects. */
  readonly bytes: number;
  readonly objects: number;
  readonly missing: number;
}

/** What is stored, newest first. */
export const list = (place: Place): Listed[] =>
  [...records(place).entries()].map((entry) => {
    const objects = objectsNamed(entry);
    const there = objects.flatMap(
      (object) => stat(`${place.root}/objects/${object.slice(0, 2)}/${object}`)?.bytes ?? [],
    );
    const { fingerprint, label, status, origin, at, cost, worth } = entry;
    const bytes = there.reduce((sum, each) => sum + each, 0);
    const missing = objects.length - there.length;
    return { fingerprint, label, status, origin, at, cost, worth, bytes, objects: objects.length, missing };
  });
