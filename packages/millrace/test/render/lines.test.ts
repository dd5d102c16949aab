import { describe, expect, test } from '@jest/globals';
import { valueText } from '../../src/render/diff-lines.js';
import { aligned, cut, oneLine, textOn, width, wrapped } from '../../src/render/lines.js';
import { painter } from '../../src/render/paint.js';
import { bytes, count, duration, figure, money } from '../../src/render/words.js';

const SENTENCE = 'some rows failed: the others are kept; the same command asks the failed ones again';
const red = painter(true);

describe('a line in a terminal', () => {
  test.each([40, 80])('is broken between words at %i columns, and nothing of it is lost', (columns) => {
    for (const line of [SENTENCE, `  ${SENTENCE}`, `failed   a_stage_with_a_name  ${SENTENCE}`, red('red', SENTENCE)]) {
      const lines = wrapped(line, columns);
      expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns);
      expect(lines.join(' ').replace(/ +/g, ' ')).toBe(line.replace(/ +/g, ' '));
    }
    expect(wrapped(SENTENCE, columns).length).toBe(columns === 40 ? 3 : 2);
  });

  test('stays whole where it fits, where one word is too long, and where it is a line of source', () => {
    expect(wrapped('short', 40)).toEqual(['short']);
    expect(wrapped(`in /${'x'.repeat(60)}`, 40)).toEqual(['in', `  /${'x'.repeat(60)}`]);
    const source = `  3 |   answers: { generate: questions, model: test/echo, prompt: "{{question}}" }`;
    expect(wrapped(source, 40)).toEqual([source]);
    expect(wrapped(`    |            ${' '.repeat(50)}^`, 40)).toHaveLength(1);
  });

  test('what follows stands further in than the first, also where it is painted', () => {
    const line = red('red', `    ${SENTENCE}`);
    expect(wrapped(line, 60)[1]).toMatch(/^ {6}\S/);
  });

  test('in a pipe nothing is broken', () => {
    expect(textOn({ live: false, columns: () => 20 }, [SENTENCE, 'b'])).toBe(`${SENTENCE}\nb\n`);
    expect(textOn({ live: true, columns: () => 40 }, [SENTENCE]).split('\n')).toHaveLength(4);
  });
});

describe('columns', () => {
  test('wide characters take two, marks and colours none', () => {
    expect(width('漢字')).toBe(4);
    expect(width('e\u0301')).toBe(1);
    expect(width('\u{1f600}')).toBe(2);
    expect(width(red('red', 'abc'))).toBe(3);
  });

  test('a text is cut to them, never within a character', () => {
    expect(cut('漢字漢字', 5)).toBe('漢字…');
    expect(cut('\u{1f600}\u{1f600}\u{1f600}', 4)).toBe('\u{1f600}…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
  });

  test('cells stand below each other, also beside wide ones', () => {
    const lines = aligned([
      ['漢', 'x'],
      ['abc', 'y'],
    ]);
    expect(lines).toEqual(['漢   x', 'abc  y']);
  });
});

test('what comes from outside stays on its line and moves no cursor', () => {
  expect(oneLine('a\n  b\r\nc')).toBe('a ⏎ b ⏎ c');
  expect(oneLine('\x1b[2Jgone\x07')).toBe('[2Jgone');
});

describe('the door to the screen', () => {
  const pipe = { live: false, columns: () => 80 };

  test('only our own colours go out', () => {
    expect(textOn(pipe, [red('red', 'a')])).toBe('\x1b[31ma\x1b[39m\n');
    expect(textOn(pipe, [`x${red('bold', 'a\x1b[2J\x1b[31m')}\x9b1m\x7f\u202ey`])).toBe(
      'x\x1b[1ma[2J[31m\x1b[22m1my\n',
    );
    expect(textOn({ ...pipe, live: true }, ['a\x1b]0;t\x07'])).toBe('a]0;t\n');
  });

  test('a line stays one line', () => {
    expect(textOn(pipe, ['a\nran  b', 'c\r', 'd\te'])).toBe('a ⏎ ran  b\nc ⏎ \nd e\n');
  });

  test('a mark of a colour in data is no colour', () => {
    expect(oneLine(`a${red('red', 'b')}`)).toBe('ab');
  });

  test('many spaces cost no square of their number', () => {
    expect(oneLine(`a${' '.repeat(1_000_000)}b`)).toHaveLength(1_000_002);
  });
});

test('numbers as people read them', () => {
  expect([count(1234567), figure(0.123456), figure(12345.6)]).toEqual(['1,234,567', '0.123', '12,346']);
  expect([0.99967, 99.98, 0.9999999, 1, 123.4].map(figure)).toEqual(['0.9997', '99.98', '1', '1', '123']);
  expect(
    valueText({
      stage: 's',
      metric: 'em',
      value: 2999 / 3000,
      low: 0.00004,
      high: 1,
      n: 3000,
      missing: 0,
      failed: 0,
      group: '',
      better: 'higher',
    }),
  ).toBe('0.9997 [0.00004, 1.000]');
  expect([duration(0.04), duration(600), duration(7200), duration(4e5)]).toEqual([
    '0.0 s',
    '10 min',
    '2.0 h',
    '5 days',
  ]);
  expect([money(0), money(0.000123), money(1234.5)]).toEqual(['$0', '$0.00012', '$1,234.50']);
  expect([bytes(999), bytes(1_500_000), bytes(2e12)]).toEqual(['999 B', '1.5 MB', '2.0 TB']);
});

test('without colour nothing is painted', () => {
  expect(painter(false)('red', 'x')).toBe('x');
  expect(red('red', '')).toBe('');
});
