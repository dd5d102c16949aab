import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesGlob } from '../src/execute/glob.js';

const WILD: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** The simplest possible reference. */
const byRegex = (path: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .split(/(\*\*\/?|\*|\?)/)
      .map((part) => WILD[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
      .join('')}$`,
  ).test(path);

describe('a pattern of paths', () => {
  test('matches what the same regular expression matches', () => {
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 10 });
    const pattern = fc.array(fc.constantFrom('a', 'b', '/', '.', '*', '**', '**/', '?', 'ab'), { maxLength: 6 });
    fc.assert(
      fc.property(path, pattern, (at, parts) => {
        expect(matchesGlob(at, parts.join(''))).toBe(byRegex(at, parts.join('')));
      }),
      { numRuns: 3000 },
    );
  });

  test('of many stars ends, too', () => {
    expect(matchesGlob(`docs/${'a'.repeat(400)}.md`, `docs/${'*a'.repeat(30)}b.md`)).toBe(false);
    expect(matchesGlob(`${'x/'.repeat(200)}c.md`, `${'**/'.repeat(30)}b.md`)).toBe(false);
  });
});
