import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Secret, secret, toPlain } from '@millrace/core';

type Module = typeof import('../../src/declare/secret.js');

/** As two packages bring it that were installed beside each other. */
const copy = async (): Promise<Module> => (await import('../../src/declare/secret.js?copy' as string)) as Module;

describe('a secret of another copy of the package', () => {
  test('is one', async () => {
    const other = await copy();
    expect(other.Secret).not.toBe(Secret);
    const foreign = other.secret.value('s3cr3t', 'KEY');
    expect(foreign).toBeInstanceOf(Secret);
    expect(secret.value('x')).toBeInstanceOf(other.Secret);
    expect((foreign as Secret).reveal()).toBe('s3cr3t');
  });

  test('is refused where a key is made of it, and shows its value nowhere', async () => {
    const foreign = (await copy()).secret.value('s3cr3t', 'KEY');
    expect(() => toPlain({ config: { apiKey: foreign } })).toThrow(/apiKey.*secret/);
    expect(`${foreign} ${JSON.stringify({ foreign })} ${inspect({ foreign })}`).not.toMatch(/s3cr3t/);
  });
});

test('what only looks like one is none', () => {
  for (const value of [null, undefined, 'KEY', {}, { label: 'KEY', reveal: () => 'x', present: true }])
    expect(value instanceof Secret).toBe(false);
});
