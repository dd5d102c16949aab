import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { choice } from './choice.js';
import { type Extraction, openExtraction } from './extractor.js';
import { number } from './number.js';

const run = async (extraction: Extraction, input: unknown) => (await openExtraction(extraction))(input);
const value = async (extraction: Extraction, input: unknown) => {
  const out = await run(extraction, input);
  return 'value' in out ? out.value : `no: ${out.reason}`;
};

describe('number', () => {
  test.each<[Parameters<typeof number>, string, unknown]>([
    [[], 'It is 42.', 42],
    [[], 'x = -3.5e2, ok', -350],
    [[], 'a total of $1,234,567.89', 1234567.89],
    [[], '-$5', -5],
    [[], '−7 degrees', -7],
    [[], '.5', 0.5],
    [[], 'GPT4 and v2 say 9kg', 9],
    [[], 'see No.5', 5],
    [[], 'v2.5 and x_1', 'no: no-match'],
    [[], '10-20', 10],
    [[{ match: 'last' }], '10-20', 20],
    [[{ match: 'all' }], '1, 2, and 3', [1, 2, 3]],
    [[{ match: 'all' }], 'none', []],
    [[], '3,14', 'no: ambiguous'],
    [[], '1,2,3', 'no: ambiguous'],
    [[], '1.2.3', 'no: ambiguous'],
    [[], '1e999', 'no: ambiguous'],
    [[], 'none', 'no: no-match'],
    [[{ decimal: ',' }], '1.234.567,5', 1234567.5],
    [[{ decimal: ',' }], '3,14', 3.14],
    [[{ decimal: ',', thousands: ' ' }], '12 345 678,9 kg', 12345678.9],
    [[{ decimal: ',', thousands: ' ', match: 'all' }], '12 345 67', [12345, 67]],
    [[{ thousands: "'" }], "1'000'000", 1000000],
    [[{ thousands: '_' }], '1_000', 1000],
    [[{ thousands: 'none' }], '1,000', 'no: ambiguous'],
    [[], '-0', 0],
  ])('%j of %j', async (args, text, expected) => expect(await value(number(...args), text)).toEqual(expected));

  test('reads back any number as JavaScript writes it', async () => {
    const opened = await openExtraction(number());
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
        expect(opened(`it is ${n} now`)).toEqual({ value: n + 0 });
      }),
    );
  });

  test('one sign for two things is refused', () =>
    expect(() => number({ decimal: ',', thousands: ',' })).toThrow('Change one'));
});

describe('choice', () => {
  test.each<[Parameters<typeof choice>, string, unknown]>([
    [[['yes', 'no']], 'YES!', 'yes'],
    [[['yes', 'no']], 'I know nothing', 'no: no-match'],
    [[['yes', 'no']], 'yes or no', 'no: several-labels'],
    [[['yes', 'no'], { match: 'first' }], 'yes or no', 'yes'],
    [[['yes', 'no'], { match: 'last' }], 'yes or no', 'no'],
    [[['spam', 'not spam']], 'This is not  spam', 'not spam'],
    [[{ positive: ['good', '👍'], negative: ['bad'] }], 'quite Good 👍', 'positive'],
    [[['C', 'C++']], 'C++', 'C++'],
    [[['A', 'B']], '(B)', 'B'],
    [[['été']], "l'ÉTÉ", 'été'],
    [[[]], 'x', 'no: no-match'],
  ])('%j of %j', async (args, text, expected) => expect(await value(choice(...args), text)).toEqual(expected));

  test('two labels of one name are refused', () =>
    expect(() => choice({ a: ['x'], b: ['X'] })).toThrow('both go by "X"'));
});
