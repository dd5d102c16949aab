import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Chunk, type ChunkSpec, chunk } from './chunk.js';
import { sentencesOf } from './sentences.js';
import { countTokens } from './units.js';

const texts = (chunks: readonly Chunk[]) => chunks.map((one) => one.text);
const sentences = (text: string) => sentencesOf(text).map(({ start, end }) => text.slice(start, end));
const prose = fc
  .array(
    fc.constantFrom(
      'word',
      'Two',
      'e.g.',
      'é',
      '😀',
      '.',
      '!',
      '\n',
      '\n\n',
      ' ',
      '# Title\n',
      '```\n',
      '漢字',
      'x'.repeat(40),
    ),
  )
  .map((parts) => parts.join(' '));
const spec = fc.record({
  by: fc.constantFrom('characters', 'tokens', 'sentences', 'markdown'),
  size: fc.integer({ min: 1, max: 20 }),
  overlap: fc.integer({ min: 0, max: 19 }),
});
const valid = spec.filter(({ size, overlap }) => overlap < size) as fc.Arbitrary<ChunkSpec>;

describe('whatever the text and the size', () => {
  test('chunks are slices of the text, in order, each with something new, and lose nothing but space', () => {
    fc.assert(
      fc.property(prose, valid, (text, how) => {
        const chunks = chunk(text, how);
        let covered = 0;
        for (const one of chunks) {
          expect(one.text).toBe(text.slice(one.start, one.end));
          expect(one.end).toBeGreaterThan(covered);
          expect(text.slice(covered, Math.max(covered, one.start)).trim()).toBe('');
          covered = one.end;
        }
        expect(text.slice(covered).trim()).toBe('');
        expect(new Set(chunks.map((one) => one.id)).size).toBe(chunks.length);
      }),
      { numRuns: 300 },
    );
  });

  test('no chunk is larger than its size', () => {
    fc.assert(
      fc.property(prose, valid, (text, how) => {
        const count = how.by === 'characters' ? (part: string) => [...part].length : countTokens;
        for (const one of chunk(text, how)) expect(count(one.text)).toBeLessThanOrEqual(how.size);
      }),
    );
  });

  test('an empty text has no chunks', () => {
    for (const by of ['characters', 'tokens', 'sentences', 'markdown'] as const) {
      expect(chunk('', { by, size: 5, overlap: 0 })).toEqual([]);
    }
  });

  test('an overlap that leaves no room for anything new is a broken promise', () => {
    expect(() => chunk('abc', { by: 'characters', size: 2, overlap: 2 })).toThrow('BUG');
  });
});

describe('characters and tokens', () => {
  test('characters are code points, with overlap', () => {
    expect(texts(chunk('ab😀cdef', { by: 'characters', size: 3, overlap: 1 }))).toEqual(['ab😀', '😀cd', 'def']);
    expect(texts(chunk('abcdef', { by: 'characters', size: 3, overlap: 0 }))).toEqual(['abc', 'def']);
  });

  test('tokens are words, signs and ideographs', () => {
    expect(texts(chunk('One two, three. Four', { by: 'tokens', size: 3, overlap: 1 }))).toEqual([
      'One two,',
      ', three.',
      '. Four',
    ]);
    expect([
      countTokens("It's 3.5 km."),
      countTokens('漢字かな'),
      countTokens('a_b'),
      countTokens('x'.repeat(25)),
    ]).toEqual([8, 4, 1, 3]);
  });
});

describe('sentences', () => {
  test.each([
    ['Dr. Smith met J. K. Rowling. They spoke.', ['Dr. Smith met J. K. Rowling.', 'They spoke.']],
    [
      'It costs 3.50 euro, e.g. today! Really? "Yes." He left…  Then',
      ['It costs 3.50 euro, e.g. today!', 'Really?', '"Yes."', 'He left…', 'Then'],
    ],
    ['See fig. 3 and no. 4. She said no. They left.', ['See fig. 3 and no. 4.', 'She said no.', 'They left.']],
    ['A title\n\nA paragraph\nover two lines', ['A title', 'A paragraph\nover two lines']],
    ['今日は雨です。明日は？「はい。」と', ['今日は雨です。', '明日は？', '「はい。」', 'と']],
    ['one. two', ['one. two']],
    ['', []],
  ])('%j', (text, expected) => expect(sentences(text)).toEqual(expected));

  test('are packed whole, and go back over whole sentences', () => {
    const text = 'One two. Three four. Five six. Seven eight.';
    expect(texts(chunk(text, { by: 'sentences', size: 6, overlap: 3 }))).toEqual([
      'One two. Three four.',
      'Three four. Five six.',
      'Five six. Seven eight.',
    ]);
  });

  test('one that is too long falls apart into tokens', () => {
    expect(texts(chunk('a b c d e f. Then.', { by: 'sentences', size: 3, overlap: 0 }))).toEqual([
      'a b c',
      'd e f',
      '. Then.',
    ]);
  });
});

describe('markdown', () => {
  const page =
    '# Guide\n\nIntro here.\n\n## Install ##\n\nRun it:\n\n```sh\n# no heading\nnpm i\n```\n\n#### Deep\ntext\n# End';

  test('starts anew at each heading and knows the titles above', () => {
    const chunks = chunk(page, { by: 'markdown', size: 50, overlap: 0 });
    expect(chunks.map((one) => [one.headings, one.text])).toEqual([
      [['Guide'], '# Guide\n\nIntro here.'],
      [['Guide', 'Install'], '## Install ##\n\nRun it:\n\n```sh\n# no heading\nnpm i\n```'],
      [['Guide', 'Install', 'Deep'], '#### Deep\ntext'],
      [['End'], '# End'],
    ]);
  });

  test('a heading right under a heading joins it', () => {
    const chunks = chunk('# A\n## B\ntext', { by: 'markdown', size: 50, overlap: 0 });
    expect(chunks.map((one) => [one.headings, one.text])).toEqual([[['A', 'B'], '# A\n## B\ntext']]);
  });

  test('keeps blocks whole while they fit', () => {
    const chunks = chunk('# T\n\none two three\n\n- a\n- b\n\nlast words', { by: 'markdown', size: 6, overlap: 0 });
    expect(texts(chunks)).toEqual(['# T\n\none two three', '- a\n- b\n\nlast words']);
  });
});

describe('ids survive an edit elsewhere', () => {
  const paragraph = (i: number) =>
    Array.from({ length: 4 }, (_, s) => `Sentence ${s} of part ${i} says a thing.`).join(' ');
  const document = Array.from({ length: 20 }, (_, i) => `# Part ${i}\n\n${paragraph(i)}`);
  const ids = (parts: string[], by: ChunkSpec['by']) =>
    chunk(parts.join('\n\n'), { by, size: 30, overlap: 0 }).map((one) => one.id);

  test.each(['markdown', 'sentences'] as const)('%s: all but those near it', (by) => {
    const edited = document.with(3, `# Part 3\n\nAn extra sentence comes first here. ${paragraph(3)}`);
    const [before, after] = [ids(document, by), new Set(ids(edited, by))];
    expect(before.length).toBeGreaterThanOrEqual(30);
    const lost = before.filter((id) => !after.has(id));
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThanOrEqual(4);
  });

  test('golden: the id is the digest that Python gives of the tagged text', () => {
    const [only] = chunk('# A\n\nsame text\n', { by: 'markdown', size: 20, overlap: 0 });
    expect(only!.id).toBe('7e4ca3d299b1d1c610156cdb-0');
  });

  test('the same text twice has two ids, and the first keeps its own', () => {
    const twice = chunk('# A\n\nsame\n\n# A\n\nsame', { by: 'markdown', size: 20, overlap: 0 });
    expect(twice.map((one) => one.id.split('-')[1])).toEqual(['0', '1']);
    expect(twice[0]!.id).toBe(chunk('# A\n\nsame', { by: 'markdown', size: 20, overlap: 0 })[0]!.id);
  });
});
