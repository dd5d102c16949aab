import { expect, test } from '@jest/globals';
import { children } from './child.js';
import { overflow, walk } from './walk.js';

type Walked = Awaited<ReturnType<typeof walk>>;

test('nothing that a program can reach is of another realm', () => {
  const { seen, foreign } = children(walk, 'globalThis.all = all')('inside') as Walked;
  expect(seen).toBeGreaterThan(10_000);
  expect(foreign).toEqual([]);
});

test('nor is what the host throws when the stack is full', () => {
  const { caught, foreign } = children(overflow)('inside') as ReturnType<typeof overflow>;
  expect(caught).toBeGreaterThan(10);
  expect(foreign).toBe(0);
});

test('an object of another realm would be found', () => {
  const outside =
    'globalThis.given = Object.create({ deep: Object.create(null) }); Object.setPrototypeOf(given, { __proto__: null })';
  expect((children(walk, outside)('inside') as Walked).foreign).toContain('root 0.given');
});
