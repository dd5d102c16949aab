import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { secret } from '@millrace/core';
import { ask } from './ask.js';

const KEY = 'CANARY-0123456789-abcdefghijklmnopqrstuvwxyz-END';
secret.value(KEY, 'KEY');

/** A server that leads each request to one place, and what it heard. */
function leadsTo(location: string) {
  const heard: { url: string; headers: Record<string, string> }[] = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    heard.push({ url: String(url), headers: Object.fromEntries(new Headers(init?.headers)) });
    return heard.length === 1 ? new Response(null, { status: 302, headers: { location } }) : new Response('content');
  });
  return heard;
}

afterEach(() => void jest.restoreAllMocks());

describe('from https to http', () => {
  const SECRETS: Readonly<Record<string, { url: string; headers?: Record<string, string> }>> = {
    'a header with the name of one': { url: 'https://a.example/f', headers: { 'x-api-key': 'word' } },
    'a header that holds one': { url: 'https://a.example/f', headers: { 'x-of-us': KEY } },
    'a signature in the address': { url: 'https://a.example/f?X-Amz-Signature=0123abcd' },
    'a known value in the address': { url: `https://a.example/f?ticket=${KEY}` },
  };
  test.each(Object.entries(SECRETS))('nobody is led who sent %s', async (_, { url, headers = {} }) => {
    const heard = leadsTo('http://a.example/g');
    await expect(ask(url, { headers }, 'anywhere')).rejects.toThrow(
      /answered 302 and leads to http:\/\/a\.example\/g, where anybody on the way can read along/,
    );
    expect(heard.map((each) => each.url)).toEqual([url]);
  });

  test('a request without secrets is led on', async () => {
    const heard = leadsTo('http://b.example/g');
    await expect(
      ask('https://a.example/f', { headers: { accept: 'text/csv' } }, 'anywhere').then((answer) => answer.text()),
    ).resolves.toBe('content');
    expect(heard.map((each) => each.url)).toEqual(['https://a.example/f', 'http://b.example/g']);
  });
});

test('another server gets no header that holds a secret', async () => {
  const heard = leadsTo('https://b.example/g');
  await ask('https://a.example/f', { headers: { authorization: 'x', 'x-of-us': KEY, accept: '*/*' } }, 'anywhere');
  expect(heard[1]).toEqual({ url: 'https://b.example/g', headers: { accept: '*/*' } });
});

describe('a value that no header can hold', () => {
  test.each(['two\nlines', 'two\r\nlines', 'a\0b', 'a\x1b[31mb', 'smile \u{1f600}', '— dash'])(
    'is not sent: %j',
    async (value) => {
      const heard = leadsTo('https://b.example/');
      const failed = ask('https://a.example/', { headers: { 'x-key': value } }, 'anywhere');
      await expect(failed).rejects.toThrow(/^the value of x-key has several lines or signs that no header can hold/);
      await expect(failed).rejects.not.toThrow(value);
      expect(heard).toEqual([]);
    },
  );

  test.each(['', 'plain', 'é', 'a\tb', 'ends with a line end\n'])('others are: %j', async (value) => {
    const heard = leadsTo('https://a.example/g');
    await ask('https://a.example/', { headers: { 'x-other': value } }, 'anywhere');
    expect(heard[0]?.headers['x-other']).toBe(value.trim());
  });
});
