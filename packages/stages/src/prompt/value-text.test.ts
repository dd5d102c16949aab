import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearestName } from './spelling.js';
import { canonicalJson, valueText } from './value-text.js';

const text = (value: unknown) => {
  const made = valueText(value);
  return made.kind === 'text' ? made.text : made;
};

describe('the text of a value', () => {
  test.each<[string, unknown, string]>([
    ['a string', ' as it is ', ' as it is '],
    ['a number', 0.1 + 0.2, '0.30000000000000004'],
    ['a large number', 1e21, '1e+21'],
    ['a bigint', 12345678901234567890n, '12345678901234567890'],
    ['a boolean', false, 'false'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a list', ['a', 2, true], '- a\n- 2\n- true'],
    ['an empty list', [], ''],
    ['a list of objects', [{ b: 1, a: [1] }, [1, 2]], '- {"a":[1],"b":1}\n- [1,2]'],
    [
      'an object',
      { b: 1, a: { d: undefined, c: null }, t: new Date(0) },
      '{"a":{"c":null},"b":1,"t":"1970-01-01T00:00:00.000Z"}',
    ],
    ['a vector', new Float32Array([0.5, 2]), '[0.5,2]'],
  ])('%s', (_name, value, expected) => expect(text(value)).toBe(expected));

  test('numbers read back to the same number', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Number(text(value)) === value));
  });

  test('what has no text says what it is', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(text(loop)).toMatchObject({ kind: 'no-text', what: 'an object that contains itself' });
    expect(text({ a: Number.NaN })).toMatchObject({ what: 'NaN inside an object' });
    expect(text({ a: new Uint8Array(1) })).toMatchObject({ what: 'bytes' });
    expect(text(new Set())).toMatchObject({ what: 'a Set' });
  });
});

describe('canonical JSON', () => {
  test('says what JSON.stringify says, but for the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const made = canonicalJson(value);
        expect(made.kind === 'text' && JSON.parse(made.text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('is the same whatever order the keys came in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(turned)).toEqual(canonicalJson(object));
      }),
    );
  });

  test('sorts by code unit', () =>
    expect(canonicalJson({ ä: 1, Z: 2, a: 3 })).toEqual({ kind: 'text', text: '{"Z":2,"a":3,"ä":1}' }));
});

describe('the nearest name', () => {
  test.each([
    ['anwser', ['question', 'answer'], 'answer'],
    ['Question', ['question'], 'question'],
    ['q', ['id', 'question'], undefined],
    ['gold', [], undefined],
  ])('%s among %j', (wanted, names, expected) => expect(nearestName(wanted, names)).toBe(expected));
});
