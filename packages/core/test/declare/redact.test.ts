import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redactor, redact } from '../../src/declare/redact.js';
import { RedactedStream } from '../../src/declare/redact-stream.js';
import { redactError, redactValue } from '../../src/declare/redact-values.js';
import { Secret, secret } from '../../src/declare/secret.js';

const KEY = 'sk-Canary+/=~0123 "q\\u\'x&<é';
const PEM = `-----BEGIN PRIVATE KEY-----
${Buffer.from('canary of the first line, long enough').toString('base64')}
${Buffer.from('canary of the second line, also long').toString('base64')}
c2hvcnQ0
-----END PRIVATE KEY-----
`;

/** Every way of writing that a value must not be readable in. */
const WRITINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  'in an address': encodeURIComponent,
  'in an address, small digits': (value) =>
    encodeURIComponent(value).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  'in a form': (value) => new URLSearchParams({ value }).toString().slice(6),
  'in JSON': (value) => JSON.stringify(value),
  'in JSON within JSON': (value) => JSON.stringify(JSON.stringify(value)),
  'in JSON of Python': (value) =>
    JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in base64': (value) => Buffer.from(value).toString('base64'),
  'in base64 of more, by one': (value) => Buffer.from(`a${value}bcd`).toString('base64'),
  'in base64 of more, by two': (value) => Buffer.from(`ab${value}cdef`).toString('base64'),
  'in base64 for addresses': (value) => Buffer.from(`user:${value}`).toString('base64url'),
  'in hex': (value) => Buffer.from(value).toString('hex'),
  'in HTML': (value) =>
    value.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c),
};

const code = (sign: string): number => sign.codePointAt(0) as number;
const hex = (sign: string, digits: number): string => code(sign).toString(16).padStart(digits, '0');
const units = (sign: string, before: string): string =>
  [...Array(sign.length).keys()].map((i) => `${before}${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
const bytes = (sign: string, before: string): string => Buffer.from(sign).toString('hex').replace(/../g, `${before}$&`);

/** Ways of writing one character. */
const SIGNS: Readonly<Record<string, (sign: string) => string>> = {
  'percent signs': (sign) => bytes(sign, '%'),
  'percent signs, large digits': (sign) => bytes(sign, '%').toUpperCase(),
  'percent signs within an address': (sign) => bytes(sign, '%25'),
  'decimal entities': (sign) => `&#${code(sign)};`,
  'entities with zeros': (sign) => `&#00${code(sign)};`,
  'hex entities': (sign) => `&#x${hex(sign, 2)};`,
  'entities, large digits': (sign) => `&#X${hex(sign, 4).toUpperCase()};`,
  'entities within HTML': (sign) => `&amp;#x${hex(sign, 2)};`,
  'units of JSON': (sign) => units(sign, '\\u'),
  'units of JSON, large digits': (sign) => units(sign, '\\u').replace(/[a-f]/g, (digit) => digit.toUpperCase()),
  'units of JSON within JSON': (sign) => units(sign, '\\\\u'),
  'points of JavaScript': (sign) => `\\u{${hex(sign, 1)}}`,
  'points of Python': (sign) => `\\U${hex(sign, 8)}`,
  'bytes of a program': (sign) => bytes(sign, '\\x'),
  'bytes of a shell': (sign) => [...Buffer.from(sign)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  'units within an address': (sign) => units(sign, '%5cu'),
};

/** The longest run of a value's own characters that a text shows in any of these writings. */
function mostShown(text: string, value: string): number {
  let most = 0;
  for (const write of Object.values(WRITINGS)) {
    const written = write(value);
    for (let from = 0; from < written.length; from++) {
      let length = most + 1;
      while (from + length <= written.length && text.includes(written.slice(from, from + length))) length++;
      most = Math.max(most, length - 1);
    }
  }
  return most;
}

describe('a text that leaves shows no secret', () => {
  const redactor = new Redactor([{ label: 'KEY', value: KEY }]);
  test.each(Object.entries(WRITINGS))('%s', (_, write) => {
    const text = redactor.redact(`before ${write(KEY)} after`);
    expect(text).toContain('[secret KEY]');
    expect(mostShown(text, KEY)).toBeLessThan(9);
    expect(text).toMatch(/^before .* after$/s);
  });

  test.each(Object.entries(SIGNS))('each character by itself: %s', (_, write) => {
    const written = [...KEY].map(write).join('');
    expect(redactor.redact(`before ${written} after`)).toBe('before [secret KEY] after');
    expect(redactor.redact(`{"key":"${[...KEY].slice(0, -3).map(write).join('')}`)).toBe('{"key":"[secret KEY]');
    expect(new Redactor([{ label: 'K', value: 'abcd1234' }]).redact([...'abcd1234'].map(write).join(''))).toBe(
      '[secret K]',
    );
  });

  test('each character in another way, whatever the value is', () => {
    const sign = fc.constantFrom(...'abcXYZ0189+/=-_.~!*()[]{}<>&%"\'|#?:;, $@^`é€😀');
    const writing = fc.constantFrom(
      (plain: string) => (/[%&\\']/.test(plain) ? units(plain, '\\u') : plain),
      ...Object.values(SIGNS),
    );
    const written = fc.array(fc.tuple(sign, writing), { minLength: 18, maxLength: 40 });
    fc.assert(
      fc.property(written, (signs) => {
        const value = signs.map(([plain]) => plain).join('');
        const own = new Redactor([{ label: 'K', value }]);
        const text = signs.map(([plain, write]) => write(plain)).join('');
        expect(own.redact(`x<${text}>y`)).toBe('x<[secret K]>y');
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('what surrounds it stays as it was written', () => {
    const own = new Redactor([{ label: 'K', value: 'one/two/three/four' }]);
    const text = JSON.stringify({ a: 'C:\\new', b: 'one/two/three/four', c: '"%41&amp;"' }).replaceAll('/', '\\/');
    expect(own.redact(text)).toBe(text.replace('one\\/two\\/three\\/four', '[secret K]'));
  });

  test.each(['\\', '%25', '&amp;', '&#', "'\\", '\\u005c', '\u00c3'])('a text of nothing but %j ends', (piece) => {
    const text = piece.repeat(1 << 16);
    expect(redactor.redact(text) === text).toBe(true);
  });

  test.each(['abcd1234', 'CANARYKEY', randomBytes(24).toString('base64'), randomBytes(33).toString('hex')])(
    'whatever it is, in each writing: %#',
    (value) => {
      const own = new Redactor([{ label: 'K', value }]);
      for (const write of Object.values(WRITINGS))
        expect(mostShown(own.redact(`x${write(value)}y`), value)).toBeLessThan(8);
    },
  );

  test('of several lines: whole, line by line, indented, with other line ends, as one line, wrapped elsewhere', () => {
    const own = new Redactor([{ label: 'PEM', value: PEM }]);
    const lines = PEM.trim().split('\n');
    const body = lines.slice(1, -1).join('');
    const printed = [
      PEM,
      JSON.stringify({ key: PEM }),
      PEM.replaceAll('\n', '\\n'),
      PEM.replaceAll('\n', '\r\n'),
      lines.map((line) => `   | ${line}`).join('\n'),
      ...lines.slice(1, -1).map((line) => `got ${line}.`),
      body,
      body.replace(/.{29}/g, '$&\n'),
      Buffer.from(`{"private_key":"${PEM}"}`).toString('base64').replace(/.{64}/g, '$&\n'),
      encodeURIComponent(PEM),
    ];
    for (const text of printed) {
      const shown = own.redact(text);
      for (const line of lines.slice(1, -1)) expect(shown).not.toContain(line.slice(0, 12));
      expect(mostShown(shown, body)).toBeLessThan(16);
    }
  });

  test('a part of a long one counts as it: a server cuts what it repeats', () => {
    const own = new Redactor([{ label: 'KEY', value: KEY }]);
    for (let cut = 16; cut < KEY.length; cut++) {
      expect(own.redact(`sent ${KEY.slice(0, cut)}`)).toBe('sent [secret KEY]');
      expect(own.redact(KEY.slice(-cut))).toBe('[secret KEY]');
    }
  });

  test('a secret within another one leaves no rest of it', () => {
    const own = new Redactor([
      { label: 'INNER', value: 'hunter22' },
      { label: 'OUTER', value: 'postgres://me:hunter22@host/db' },
    ]);
    expect(own.redact('at postgres://me:hunter22@host/db!')).toBe('at [secret OUTER]!');
  });

  test('what is no secret stays as it is', () => {
    const text = 'Nothing of this is one: sk-Canary, 0123, YWJj, %2F, \\n.';
    expect(redactor.redact(text)).toBe(text);
    expect(new Redactor([]).redact(text)).toBe(text);
  });
});

describe('a text in pieces', () => {
  test('shows no secret wherever it is cut, and loses nothing', () => {
    const redactor = new Redactor([
      { label: 'KEY', value: KEY },
      { label: 'PEM', value: PEM },
    ]);
    const text = `one ${KEY} two\n${PEM}three ${'x'.repeat(200_000)}${KEY}${'y'.repeat(100_000)}\nend ${KEY}`;
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const stream = new RedactedStream(redactor);
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((to, i) => stream.push(text.slice(places[i], to)));
        const out = [...pieces, stream.end()].join('');
        expect(out).not.toContain('sk-Canary');
        expect(out).not.toContain('c2hvcnQ0');
        expect(out.split('[secret KEY]')).toHaveLength(4);
        expect(out.replace(/[^xy]/g, '')).toHaveLength(300_000);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('of an address in a text', () => {
  test.each([
    ['https://me:pass@word@host/p', 'https://[secret]@host/p'],
    ['https://token@host/p', 'https://[secret]@host/p'],
    ['postgres://me:word@host:5432/db?sslmode=on', 'postgres://[secret]@host:5432/db?sslmode=on'],
    ['redis://:word@host/0', 'redis://[secret]@host/0'],
    ['mongodb+srv://me:word@host', 'mongodb+srv://[secret]@host'],
    ['ssh://git@host/repo', 'ssh://git@host/repo'],
    ['https://host/p@2?a=b@c', 'https://host/p@2?a=b@c'],
    ['https://host/p?a=1&token=word', 'https://host/p?a=1&token=[secret]'],
    ['https://host/p?a=1&amp;sig=word&amp;b=2', 'https://host/p?a=1&amp;sig=[secret]&amp;b=2'],
    ['https://host/p?a=1\\u0026api_key=word\\u0026b=2', 'https://host/p?a=1\\u0026api_key=[secret]\\u0026b=2'],
    ['https://host/p#access_token=word&b=2', 'https://host/p#access_token=[secret]&b=2'],
    ['https://host/p#part', 'https://host/p#part'],
  ])('%s is told as %s', (address, shown) => {
    expect(redact(`at "${address}", now`)).toBe(`at "${shown}", now`);
    expect(redact(shown)).toBe(shown);
  });
});

describe('every secret is known from its declaration on', () => {
  test('by a value, by the environment as it is now, by a function of its own', () => {
    secret.value('value-of-a-secret', 'VALUE');
    secret.env('REDACT_TEST_NAME');
    new Secret('MADE', () => 'made-by-a-function');
    process.env['REDACT_TEST_NAME'] = 'first-of-the-environment';
    expect(redact('value-of-a-secret first-of-the-environment made-by-a-function')).toBe(
      '[secret VALUE] [secret REDACT_TEST_NAME] [secret MADE]',
    );
    process.env['REDACT_TEST_NAME'] = 'rotated-in-the-environment';
    expect(redact('now rotated-in-the-environment')).toBe('now [secret REDACT_TEST_NAME]');
    delete process.env['REDACT_TEST_NAME'];
  });

  test('in errors with their stacks, causes and fields, and in values at any depth', () => {
    secret.value('canary-in-an-error', 'E');
    const cause = Object.assign(new TypeError('by canary-in-an-error'), { headers: { 'x-key': 'canary-in-an-error' } });
    const error = new RangeError('with canary-in-an-error', { cause });
    Object.assign(cause, { self: error });
    const many = new AggregateError([error], 'all canary-in-an-error');
    const clean = redactError(many);
    expect(clean).toBe(many);
    expect(inspect(clean, { depth: 20, showHidden: true })).not.toContain('canary');
    expect(error.message).toBe('with [secret E]');
    expect(redactError(Object.freeze(new Error('canary-in-an-error'))).message).toBe('[secret E]');
    const plain = { a: ['canary-in-an-error', { 'canary-in-an-error': 1 }], b: 2 };
    expect(redactValue(plain)).toEqual({ a: ['[secret E]', { '[secret E]': 1 }], b: 2 });
    const same = { a: ['none', Number.NaN] };
    expect(redactValue(same)).toBe(same);
  });

  test('in what is held twice, in circles, and in instances of classes', () => {
    secret.value('canary-in-a-class', 'C');
    class Config {
      readonly headers = new Map([['x-key', 'canary-in-a-class']]);
    }
    const shared = { key: 'canary-in-a-class' };
    expect(redactValue({ a: shared, b: [shared] })).toEqual({ a: { key: '[secret C]' }, b: [{ key: '[secret C]' }] });
    const circle: Record<string, unknown> = { key: 'canary-in-a-class' };
    circle['self'] = circle;
    expect(redactValue(circle)).toEqual({ key: '[secret C]', self: '[Circular]' });
    const bytes = new Uint8Array(4);
    expect(redactValue({ bytes })).toEqual({ bytes });
    const error = Object.assign(new Error('x'), {
      config: new Config(),
      of: new Headers({ 'x-key': 'canary-in-a-class' }),
      at: new URL('https://host/canary-in-a-class'),
      errors: new Set(['canary-in-a-class']),
      cause: circle,
      fine: new Map([['a', 1]]),
      [Symbol('key')]: 'canary-in-a-class',
    });
    expect(inspect(redactError(error), { depth: 20, showHidden: true })).not.toContain('canary-in');
    expect(error.fine).toEqual(new Map([['a', 1]]));
  });

  test('in errors of another realm, and in those whose message cannot be changed', () => {
    secret.value('canary-of-elsewhere', 'R');
    const foreign = runInNewContext(
      "Object.assign(new TypeError('canary-of-elsewhere'), { at: { key: 'canary-of-elsewhere' } })",
    );
    expect(inspect(redactError(foreign), { depth: 20 })).not.toContain('canary-of');
    expect(foreign.message).toBe('[secret R]');
    expect(redactError(new DOMException('with canary-of-elsewhere', 'AbortError')).message).toBe('with [secret R]');
  });
});
