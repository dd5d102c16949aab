import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { choice } from './choice.js';
import { codeBlock } from './code-block.js';
import type { Extracted } from './extracted.js';
import { type Extraction, extractionVersion, openExtraction } from './extractor.js';
import { html } from './html.js';
import { json } from './json.js';
import { jsonPath } from './json-path.js';
import { number } from './number.js';
import { pdf } from './pdf.js';
import { regex } from './regex.js';
import { tag } from './tag.js';

const run = async (extraction: Extraction, input: unknown): Promise<Extracted> =>
  (await openExtraction(extraction))(input);
const value = async (extraction: Extraction, input: unknown) => {
  const out = await run(extraction, input);
  return 'value' in out ? out.value : `no: ${out.reason}`;
};

const EACH: readonly Extraction[] = [
  regex(/\d+/),
  json(),
  jsonPath('$..a'),
  tag('answer'),
  number(),
  choice(['yes', 'no']),
  codeBlock(),
  html(),
  pdf(),
];

describe('every extraction', () => {
  test('is frozen plain data with a version', () => {
    for (const extraction of EACH) {
      expect(JSON.parse(JSON.stringify(extraction))).toEqual(extraction);
      expect(Object.isFrozen(extraction)).toBe(true);
      expect(extractionVersion(extraction)).toBeGreaterThanOrEqual(1);
    }
  });

  test('answers null and the wrong type with a reason', async () => {
    for (const extraction of EACH) {
      expect(await run(extraction, null)).toEqual({ reason: 'null' });
      expect(await run(extraction, undefined)).toEqual({ reason: 'null' });
      const misfit = extraction.kind === 'pdf' ? 'text' : 42;
      const reason = extraction.kind === 'pdf' ? 'not-bytes' : extraction.kind === 'jsonPath' ? 'no-match' : 'not-text';
      expect(await run(extraction, misfit)).toEqual({ reason });
    }
  });

  test('never throws, whatever the content', async () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '`',
      '```',
      '\n',
      '<answer>',
      '</answer>',
      '<',
      '1',
      ',',
      '.',
      '-',
      'e9',
      '\\',
      ':',
      '\u0000',
      '\ud800',
      'yes',
      '&#x;',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join('')),
    );
    for (const extraction of EACH.filter(({ kind }) => kind !== 'pdf')) {
      const opened = await openExtraction(extraction);
      fc.assert(
        fc.property(text, (content) => {
          const out = opened(content) as Extracted;
          return 'value' in out || typeof out.reason === 'string';
        }),
      );
    }
    const openedPdf = await openExtraction(pdf());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => 'reason' in (await openedPdf(bytes))),
      { numRuns: 10 },
    );
  });
});

describe('regex', () => {
  test.each<[Parameters<typeof regex>, string, unknown]>([
    [[/(\d+)\s*$/], 'a 12 b 345 ', '345'],
    [[/\d+/], 'a 12 b 345', '12'],
    [[/\d+/, { match: 'last' }], 'a 12 b 345', '345'],
    [[/\d+/, { match: 'all' }], 'a 12 b 345', ['12', '345']],
    [[/\d+/, { match: 'all' }], 'none', []],
    [[/(?<key>\w+)=(?<value>\w+)?/], 'a= b=2', { key: 'a', value: null }],
    [[/(?<key>\w+)=(?<value>\w+)/, { group: 'value' }], 'a=1', '1'],
    [[/(a)|(b)/, { group: 2, match: 'all' }], 'abab', ['b', 'b']],
    [[/ANSWER: (.*)/i], 'answer: yes', 'yes'],
    [['^b', { match: 'all' }], 'b\nb', ['b']],
    [[/./gy], 'xyz', 'x'],
  ])('%j of %j', async (args, text, expected) => expect(await value(regex(...args), text)).toEqual(expected));

  test('no match is a reason', async () => expect(await run(regex(/\d/), 'none')).toEqual({ reason: 'no-match' }));

  test('flags that say nothing here are no part of the description', () => {
    expect(regex(/a/dg)).toEqual(regex('a'));
    expect(regex(/a/i)).not.toEqual(regex('a'));
  });

  test('a pattern that is none is refused when it is declared', () => expect(() => regex('(')).toThrow(/Correct "\("/));
});

describe('json', () => {
  test.each<[string, string, unknown]>([
    ['alone', '{"a": [1, {"b": null}]}', { a: [1, { b: null }] }],
    ['a list', ' [1, 2] ', [1, 2]],
    ['a scalar', '42', 42],
    ['in a fence', 'Sure!\n```json\n{"a": 1}\n```\nBye', { a: 1 }],
    ['a json fence before any other', '```\n{"b": 22222}\n```\n```json\n{"a": 1}\n```', { a: 1 }],
    ['a fence on one line', 'so ```json {"a": 1}``` done', { a: 1 }],
    ['in prose', 'The answer {x} [1] is {"a": "}"} as said', { a: '}' }],
    ['with a quote in it', 'x {"a": "say \\"hi\\" {"} y', { a: 'say "hi" {' }],
    ['with apostrophes around', 'It\'s {"a": 1}, isn\'t it', { a: 1 }],
    ['with single quotes', "Here: {'a': 'it}', 'b': True,}", { a: 'it}', b: true }],
    ['with a comment and no quotes', '{a: 1, // one\n b: [1,2,]}', { a: 1, b: [1, 2] }],
    ['an empty object in prose', 'nothing found: {}', {}],
  ])('%s', async (_name, text, expected) => expect(await value(json(), text)).toEqual(expected));

  test.each([
    ['no JSON here', 'no-match'],
    ['Use {name} or [see there]', 'no-match'],
    ['{"a": 1, "b": [1, 2', 'cut-off'],
    ['```json\n{"a": "unfini', 'cut-off'],
    ['', 'no-match'],
  ])('%j is %s', async (text, reason) => expect(await run(json(), text)).toEqual({ reason }));

  test('of several, the longest, or the one asked for', async () => {
    const text = '{"a":1} then {"b":222} then {"c":3}';
    expect(await value(json(), text)).toEqual({ b: 222 });
    expect(await value(json({ match: 'first' }), text)).toEqual({ a: 1 });
    expect(await value(json({ match: 'last' }), text)).toEqual({ c: 3 });
  });

  test('without repair only what is JSON as written', async () => {
    expect(await run(json({ repair: false }), "{'a': 1}")).toEqual({ reason: 'no-match' });
  });

  const schema = { type: 'object', required: ['age'], properties: { age: { type: 'integer' } } };

  test('the schema chooses among several and names the first fault', async () => {
    expect(await value(json({ schema }), '{"note": "a longer one"} {"age": 3}')).toEqual({ age: 3 });
    expect(await run(json({ schema }), '{"age": "three"}')).toEqual({
      reason: 'schema',
      detail: '/age must be integer',
    });
    expect(await run(json({ schema }), '[]')).toEqual({ reason: 'schema', detail: 'the value must be object' });
  });

  test('a text of nothing but braces is answered at once', async () => {
    expect(await run(json(), '{'.repeat(200_000))).toEqual({ reason: 'no-match' });
  });
});

describe('jsonPath', () => {
  const document = {
    items: [
      { name: 'a', n: 1 },
      { name: 'b', n: 2 },
    ],
  };

  test.each<[Parameters<typeof jsonPath>, unknown, unknown]>([
    [['$.items[1].name'], document, 'b'],
    [['$.items[1].name'], JSON.stringify(document), 'b'],
    [['$.items[?@.n > 0].name', { match: 'all' }], document, ['a', 'b']],
    [['$..n', { match: 'last' }], document, 2],
    [['$.none'], document, 'no: no-match'],
    [['$.none', { match: 'all' }], document, []],
    [['$.a'], '{"a": null}', null],
    [['$.a'], '{a', 'no: not-json'],
  ])('%j', async (args, input, expected) => expect(await value(jsonPath(...args), input)).toEqual(expected));

  test('a path that is none is refused when it is opened', async () => {
    await expect(openExtraction(jsonPath('$.['))).rejects.toThrow(/Correct "\$\.\["/);
  });
});

describe('tag', () => {
  test.each<[Parameters<typeof tag>, string, unknown]>([
    [['answer'], 'so <answer> 42 </answer>.', '42'],
    [['Answer'], '<ANSWER id="1">a < b & c</answer >', 'a < b & c'],
    [['a'], '<a>1</a><ab>2</ab><a>3</a>', '1'],
    [['a', { match: 'last' }], '<a>1</a><a>3</a>', '3'],
    [['a', { match: 'all' }], '<a>1<a>2</a></a><a/>', ['1<a>2</a>', '']],
    [['answer'], 'I will use <answer> tags. <answer>7</answer>', '7'],
    [['answer'], '<answer>7', 'no: cut-off'],
    [['answer'], 'none </answer>', 'no: no-match'],
    [['a.b'], '<axb>1</axb><a.b>2</a.b>', '2'],
  ])('%j of %j', async (args, text, expected) => expect(await value(tag(...args), text)).toEqual(expected));

  test('a name that is none is refused', () => expect(() => tag('<answer>')).toThrow("tag('answer')"));
});

describe('number', () => {
  test.each<[Parameters<typeof number>, string, unknown]>([
    [[], 'It is 42.', 42],
    [[], 'x = -3.5e2, ok', -350],
    [[], 'a total of $1,234,567.89', 1234567.89],
    [[], '-$5', -5],
    [[], '−7 degrees', -7],
    [[], '.5', 0.5],
    [[], 'GPT4 and v2 say 9kg', 9],
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

describe('codeBlock', () => {
  const text = 'a\n```ts\nlet x = `1`;\n```\nb\n~~~py\nx\n```\ny\n~~~\n```ts\nlast';

  test.each<[Parameters<typeof codeBlock>, unknown]>([
    [[], 'let x = `1`;'],
    [[{ language: 'py' }], 'x\n```\ny'],
    [[{ language: 'TS', match: 'last' }], 'no: cut-off'],
    [[{ match: 'all' }], 'no: cut-off'],
    [[{ language: 'sql' }], 'no: no-match'],
  ])('%j', async (args, expected) => expect(await value(codeBlock(...args), text)).toEqual(expected));

  test('a longer fence holds a shorter one', async () => {
    expect(await value(codeBlock(), '````\n```\nin\n```\n````')).toBe('```\nin\n```');
  });
});

describe('html', () => {
  const page =
    '<style>p{}</style><h1>Big news</h1><p>See <a href="http://x.org">this</a> &amp; <b>that</b></p><script>no</script><img src="a.png"><ul><li>1<li>2</ul>';

  test('becomes its readable text', async () => {
    expect(await value(html(), page)).toBe('Big news\n\nSee this & that\n\n * 1\n * 2');
    expect(await value(html({ links: 'keep' }), page)).toContain('this [http://x.org]');
  });

  test('without text, or nested beyond reason, is a reason', async () => {
    expect(await run(html(), '<script>1</script>')).toEqual({ reason: 'no-text' });
    expect(await run(html(), `${'<div>'.repeat(30_000)}x`)).toMatchObject({ reason: 'unreadable' });
  });
});

/** A PDF with one line of text a page, written by hand. */
function pdfOf(...lines: readonly string[]): Uint8Array {
  const kids = lines.map((_, i) => `${4 + 2 * i} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${lines.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...lines.flatMap((line, i) => {
      const content = line && `BT /F1 24 Tf 72 700 Td (${line}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = out.length;
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return String(offset).padStart(10, '0');
  });
  const table = offsets.map((offset) => `${offset} 00000 n \n`).join('');
  return Buffer.from(
    `${out}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF`,
    'latin1',
  );
}

describe('pdf', () => {
  test('gives the text of its pages', async () => {
    const bytes = pdfOf('Hello there', 'Second page');
    expect(await value(pdf(), bytes)).toBe('Hello there\n\nSecond page');
    expect(await value(pdf({ pages: 'each' }), bytes)).toEqual(['Hello there', 'Second page']);
    expect(bytes.length).toBeGreaterThan(0);
  });

  test('without text, or damaged, is a reason', async () => {
    expect(await run(pdf(), pdfOf(''))).toEqual({ reason: 'no-text' });
    expect(await run(pdf(), Buffer.from('not a pdf'))).toMatchObject({ reason: 'unreadable' });
  });
});
