import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { remove } from '../../../jest/remove.js';
import { stat } from '../src/disk.js';
import type { Place } from '../src/place.js';
import { type Garbage, intoTrash } from '../src/trash.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-trash-'));
  for (const room of ['objects', 'trash', 'runs']) mkdirSync(join(root, room));
});
afterEach(() => remove(root));

const pathOf = (object: string) => join(root, 'objects', object.slice(0, 2), object);

/** An object as a sweep saw it an hour ago. */
const seen = (letter: string): Garbage => {
  const object = `${letter.repeat(64)}.bin`;
  mkdirSync(dirname(pathOf(object)));
  for (const path of [pathOf(object), `${pathOf(object)}.sum`]) writeFileSync(path, letter);
  const then = Date.now() / 1000 - 3600;
  utimesSync(pathOf(object), then, then);
  return { object, bytes: 1, modified: stat(pathOf(object))?.modified as number };
};

test('what was touched since a sweep looked first comes back, though nobody holds it any more, and the rest does not', () => {
  const shard = (room: string, name: string) => join(root, room, name.slice(0, 2));
  const place = { root, shard, syncNow: () => undefined } as unknown as Place;
  const [touched, left] = [seen('a'), seen('b')];
  const soon = Date.now() / 1000 - 1800;
  utimesSync(pathOf(touched.object), soon, soon);
  intoTrash(place, [touched, left], Date.now());
  const here = (object: string) => [existsSync(pathOf(object)), existsSync(`${pathOf(object)}.sum`)];
  expect([here(touched.object), here(left.object)]).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(existsSync(join(root, 'trash', left.object))).toBe(true);
});
