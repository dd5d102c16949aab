import { describe, expect, test } from '@jest/globals';
import { type PromptSpec, parsePrompt } from './prompt.js';
import type { Row } from './template.js';

const prompt = (spec: PromptSpec) => {
  const parsed = parsePrompt(spec);
  if (parsed.kind !== 'prompt') throw new Error(parsed.message);
  return parsed.prompt;
};
const rendered = (spec: PromptSpec, row: Row) => prompt(spec).render(row);
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);

describe('messages', () => {
  test('a text is one user message', () => {
    expect(rendered('Q: {{q}}', { q: 'why' })).toEqual({
      kind: 'messages',
      messages: [{ role: 'user', content: 'Q: why' }],
    });
  });

  test('system first, examples in pairs, the question last; all of them are templates', () => {
    const spec = {
      system: 'Answer in {{language}}.',
      examples: [
        { user: '1+1', assistant: '2' },
        { user: '{{shot}}', assistant: '{{shotAnswer}}' },
      ],
      user: '{{q}} in {{language}}',
    };
    expect(prompt(spec).variables).toEqual(['language', 'shot', 'shotAnswer', 'q']);
    expect(rendered(spec, { language: 'Dutch', shot: '2+2', shotAnswer: 4, q: '3+3' })).toEqual({
      kind: 'messages',
      messages: [
        { role: 'system', content: 'Answer in Dutch.' },
        { role: 'user', content: '1+1' },
        { role: 'assistant', content: '2' },
        { role: 'user', content: '2+2' },
        { role: 'assistant', content: '4' },
        { role: 'user', content: '3+3 in Dutch' },
      ],
    });
  });

  test('a failure in any of them is the failure of the row', () => {
    expect(rendered({ system: '{{a}}', user: '{{b}}' }, { a: 'x', b: null })).toMatchObject({
      kind: 'null-variable',
      variable: 'b',
    });
    expect(rendered({ user: [{ text: '{{c}}' }] }, {})).toMatchObject({ kind: 'missing-variable', variable: 'c' });
  });

  test('a malformed part is refused with its place', () => {
    expect(parsePrompt({ examples: [{ user: 'x', assistant: '{{' }], user: 'q' })).toMatchObject({
      kind: 'malformed-template',
      line: 1,
    });
  });
});

describe('images', () => {
  const spec: PromptSpec = { user: [{ text: 'What is {{what}}?' }, { image: 'photo' }] };

  test('the column is read, bytes get their type from their first bytes', () => {
    expect(prompt(spec).variables).toEqual(['what', 'photo']);
    expect(rendered(spec, { what: 'this', photo: png })).toEqual({
      kind: 'messages',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', mediaType: 'image/png', bytes: png },
          ],
        },
      ],
    });
  });

  test.each([
    [[0xff, 0xd8, 0xff, 0xe0], 'image/jpeg'],
    [[...'GIF89a'].map((c) => c.charCodeAt(0)), 'image/gif'],
    [[...'RIFF\n\n\n\nWEBP'].map((c) => c.charCodeAt(0)), 'image/webp'],
  ])('%j is %s', (bytes, mediaType) => {
    const made = rendered({ user: [{ image: 'photo' }] }, { photo: Uint8Array.from(bytes) });
    expect(made).toMatchObject({ messages: [{ content: [{ mediaType }] }] });
  });

  test('addresses pass, paths and other bytes do not', () => {
    const photo = 'https://example.org/a.png';
    expect(rendered(spec, { what: 'x', photo })).toMatchObject({ messages: [{ content: [{}, { url: photo }] }] });
    for (const bad of ['a.png', new Uint8Array([1, 2]), 3]) {
      expect(rendered(spec, { what: 'x', photo: bad })).toMatchObject({ kind: 'bad-image', variable: 'photo' });
    }
    expect(rendered(spec, { what: 'x', photo: null })).toMatchObject({ kind: 'null-variable', variable: 'photo' });
    expect(rendered(spec, { what: 'x' })).toMatchObject({ kind: 'missing-variable', variable: 'photo' });
  });
});
