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

  test('a group that the pattern does not have is refused when it is declared', () => {
    expect(() => regex(/(\d)/, { group: 2 })).toThrow(/has no group 2.*It has 1 groups/);
    expect(() => regex(/(?<n>\d)/, { group: 'm' })).toThrow(/has no group m.*\(n\)/);
    expect(regex(/(\d)/, { group: 0 }).take).toBe(0);
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
    ['with one escaped quote', 'x {"a": "5\\" {"} y', { a: '5" {' }],
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
