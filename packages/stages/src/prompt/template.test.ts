import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseTemplate, type Row } from './template.js';

const template = (text: string) => {
  const parsed = parseTemplate(text);
  if (parsed.kind !== 'template') throw new Error(parsed.message);
  return parsed.template;
};
const filled = (text: string, row: Row) => {
  const made = template(text).render(row);
  return made.kind === 'rendered' ? made.text : made.kind;
};

describe('a template reads columns', () => {
  test('each once, in order of first use', () => {
    expect(template('{{b}} {{ a }} {{b}} {{two words}}').variables).toEqual(['b', 'a', 'two words']);
    expect(template('none').variables).toEqual([]);
  });

  test('and puts their values in as they are', () => {
    expect(filled('Q: {{question}}\nA:', { question: 'Is <b> "bold" & {{x}}?' })).toBe('Q: Is <b> "bold" & {{x}}?\nA:');
  });

  test('any text without an opening brace pair is itself, any value stands as it is', () => {
    const plain = fc.string().filter((text) => !text.includes('{') && !text.endsWith('\\'));
    fc.assert(
      fc.property(plain, fc.string(), plain, (before, value, after) => {
        expect(filled(`${before}{{v}}${after}`, { v: value })).toBe(before + value + after);
      }),
    );
  });
});

describe('braces that are text', () => {
  test.each([
    ['\\{{x}}', '{{x}}'],
    ['\\\\{{x}}', '\\1'],
    ['\\\\\\{{x}}', '\\{{x}}'],
    ['{{{x}}}', '{1}'],
    ['{{{{x}}}}', '{{1}}'],
    ['\\\\{{{x}}}', '\\{1}'],
    ['{"a": {"b": {{x}}}}', '{"a": {"b": 1}}'],
    ['{"a": {"b": 2}}', '{"a": {"b": 2}}'],
    ['a { b } c }} \\n', 'a { b } c }} \\n'],
    ['\\{{x}} {{x}}', '{{x}} 1'],
  ])('%j → %j', (text, expected) => expect(filled(text, { x: 1 })).toBe(expected));

  test.each([
    ['{{}}', 1, 1],
    ['ok\n {{ }}', 2, 2],
    ['{{question}', 1, 1],
    ['{{a b\nc}}', 1, 1],
    ['{{a}b}}', 1, 1],
    ['{{x}} and {{', 1, 11],
  ])('%j is refused with its place', (text, line, column) => {
    const parsed = parseTemplate(text);
    expect(parsed).toMatchObject({ kind: 'malformed-template', line, column });
    expect(parsed.kind === 'malformed-template' && parsed.message).toContain('\\{{');
  });
});

describe('a variable that cannot be filled in', () => {
  test('names itself and the nearest column', () => {
    const made = template('{{questoin}}').render({ id: 1, question: 'x' });
    expect(made).toMatchObject({ kind: 'missing-variable', variable: 'questoin' });
    expect(made.kind !== 'rendered' && made.message).toContain('Did you mean {{question}}?');
  });

  test('lists what there is when nothing is near', () => {
    const made = template('{{zebra}}').render({ id: 1, question: 'x' });
    expect(made.kind !== 'rendered' && made.message).toContain('It has: id, question.');
  });

  test('is never taken from the prototype', () =>
    expect(filled('{{toString}} {{constructor}}', {})).toBe('missing-variable'));

  test.each([null, undefined])('%p is a failure, not a text', (a) =>
    expect(filled('{{a}}', { a })).toBe('null-variable'),
  );

  test.each([new Uint8Array(3), new Map(), Symbol('s'), () => 1, new Date(Number.NaN), [new Uint8Array(1)]])(
    'a value without text is a failure (%#)',
    (a) => expect(filled('{{a}}', { a })).toBe('unprintable-variable'),
  );
});
