import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { secret } from '@millrace/core';
import type { ModelConfig, ModelOptions } from './config.js';
import { identityOf, model } from './model.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('a model is plain frozen data', () => {
  test('with nothing left to infer', () => {
    expect(model('openai/gpt-4o-mini', { temperature: 0 }).config).toEqual({
      adapter: 'openai',
      endpoint: 'https://api.openai.com/v1',
      name: 'gpt-4o-mini',
    });
    expect(model('ollama/llama3').config).toMatchObject({ endpoint: 'http://localhost:11434/v1', name: 'llama3' });
    expect(model('openrouter/openai/gpt-4o').config).toMatchObject({ name: 'openai/gpt-4o' });
    expect(model('local/all-MiniLM-L6-v2')).toMatchObject({
      config: { weights: { from: 'folder' }, dtype: 'fp32', pooling: 'mean', normalize: true, batchInvariant: false },
      options: { folder: 'models/all-MiniLM-L6-v2' },
    });
    expect(model('local/./here/mine').options.folder).toBe('./here/mine');
    expect(model('local//srv/mine').options.folder).toBe('/srv/mine');
    expect(model('local/org/name', {}, { folder: '/srv/x' })).toMatchObject({
      config: { weights: { from: 'folder' } },
      options: { folder: '/srv/x' },
    });
    expect(model('local/org/name', { revision: COMMIT }).config).toMatchObject({
      weights: { from: 'hub', id: 'org/name', revision: COMMIT },
    });
    expect(model('test/echo').config).toEqual({ adapter: 'echo', version: 1, template: '{{answer}}' });
    expect(model('test/ngram').config).toEqual({ adapter: 'ngram', version: 1, dimensions: 256 });
  });

  test('that nobody can change, and that shares nothing with what it was made from', () => {
    const stop = ['\n'];
    const made = model('test/echo', { stop });
    stop.push('x');
    expect(made.defaults).toEqual({ stop: ['\n'] });
    expect([made, made.config, made.options, made.defaults, made.defaults.stop].every(Object.isFrozen)).toBe(true);
  });

  test('whose address is written in one way', () => {
    const endpoint = (baseURL: string) => model('m', { baseURL }).config;
    expect(endpoint('http://HOST:80/v1/')).toEqual(endpoint('http://host/v1'));
  });

  test('that sends a name as written to an address of your own, and no key of another', () => {
    const made = model('openai/gpt-oss-20b', { baseURL: 'http://host/v1' });
    expect(made.config).toMatchObject({ name: 'openai/gpt-oss-20b', endpoint: 'http://host/v1' });
    expect(made.options.apiKey).toBeUndefined();
    expect(String(model('openai/gpt-4o').options.apiKey)).toBe('[secret OPENAI_API_KEY]');
  });
});

describe('an identity', () => {
  test('holds the endpoint: one name at two servers is two models', () => {
    const at = (baseURL: string) => identityOf(model('llama3', { baseURL }));
    expect(at('http://laptop:11434/v1')).not.toEqual(at('http://vllm:8000/v1'));
  });

  test('holds the version of what a server gives, which is never sent, and is as before without one', () => {
    const of = (config: ModelConfig) => identityOf(model('tuned', { baseURL: 'http://vllm:8000/v1', ...config }));
    expect(of({})).toEqual({ adapter: 'openai', endpoint: 'http://vllm:8000/v1', name: 'tuned' });
    expect(of({ version: 'step 2000' })).toEqual({ ...of({}), version: 'step 2000' });
    expect(of({ version: 2 })).not.toEqual(of({ version: '2' }));
    for (const version of ['', true, {}]) expect(() => of({ version: version as never })).toThrow(/its version is/);
    expect(() => model('local/m', { version: 1 })).toThrow(/it has no setting "version"/);
  });

  test('holds a dtype that no device can move', () => {
    const facts = { weights: 'd', runtime: 'r' };
    const on = (options: ModelOptions, config: ModelConfig = {}) =>
      identityOf(model('local/m', config, options), facts);
    expect(on({ device: 'webgpu' })).toEqual(on({}));
    expect(on({})).toMatchObject({ dtype: 'fp32' });
    expect(on({}, { dtype: 'q8' })).not.toEqual(on({}));
  });

  test('is the same with every option and every default for sampling', () => {
    const plain = identityOf(model('openai/gpt-4o-mini'));
    const options: ModelOptions = {
      apiKey: secret.value('k'),
      headers: { a: 'b' },
      requestsPerMinute: 1,
      concurrency: 3,
      timeout: 5,
      retries: 9,
    };
    expect(identityOf(model('openai/gpt-4o-mini', { temperature: 1, seed: 3 }, options))).toEqual(plain);
  });

  test('of a folder is its content, not its name or place', () => {
    const [here, there] = [model('local/./a'), model('local/b', {}, { folder: '/elsewhere' })];
    const facts = { weights: 'sha256-1', runtime: 'r' };
    expect(identityOf(here, facts)).toEqual(identityOf(there, facts));
    expect(identityOf(here, facts)).not.toEqual(identityOf(here, { ...facts, weights: 'sha256-2' }));
    expect(identityOf(here, facts)).not.toEqual(identityOf(here, { ...facts, runtime: 's' }));
    expect(JSON.stringify(identityOf(there, facts))).not.toContain('elsewhere');
    expect(() => identityOf(here)).toThrow(/^BUG/);
  });

  test('of a hub model is its id and commit', () => {
    expect(identityOf(model('local/o/n', { revision: COMMIT }), { runtime: 'r' })).toMatchObject({
      weights: { id: 'o/n', revision: COMMIT },
    });
  });

  test('is data that JSON holds without loss', () => {
    const identity = identityOf(model('local/o/n', { revision: 'v1.0' }), { runtime: 'r' });
    expect(JSON.parse(JSON.stringify(identity))).toEqual(identity);
  });
});

describe('refused at once, with the reason and the way out', () => {
  test.each<[string, ModelConfig, RegExp]>([
    ['', {}, /needs a name/],
    [' gpt', {}, /needs a name/],
    ['gpt-4o', {}, /says no endpoint.*baseURL/],
    ['toString/x', {}, /says no endpoint/],
    ['openai/', {}, /any model/],
    ['openrouter/auto', {}, /any model/],
    ['default', { baseURL: 'http://host/v1' }, /any model/],
    ['m', { baseURL: 'host:8000' }, /no http\(s\) address/],
    ['m', { baseURL: 'http://u:p@host/v1' }, /password.*apiKey/],
    ['m', { baseURL: 'http://host/v1?key=abc' }, /query/],
    ['local/', {}, /names no folder/],
    ['local/Xenova/all-MiniLM-L6-v2', {}, /main branch.*40 digits.*local\/\.\/Xenova/],
    ['local/Xenova/all-MiniLM-L6-v2', { revision: 'main' }, /"main" moves/],
    ['local/Xenova/all-MiniLM-L6-v2', { revision: 'refs/pr/1' }, /moves/],
    ['local/./mine', { revision: COMMIT }, /this is a folder/],
    ['local/mine', { dtype: 'auto' as 'fp32' }, /dtype "auto".*fp32/],
    ['local/mine', { pooling: 'max' as 'mean' }, /pooling "max"/],
    ['local/mine', { dtype: 'q8', batchInvariant: true }, /texts sent beside it/],
    ['test/gpt', {}, /test\/echo/],
    ['test/ngram', { dimensions: 0 }, /dimensions 0/],
    ['test/ngram', { temperature: 1 }, /no setting "temperature"/],
    ['openai/gpt-4o', { dtype: 'q8' }, /no setting "dtype".*dropped/],
  ])('%s %j', (name, config, message) => {
    expect(() => model(name, config)).toThrow(message);
  });

  test('an option that nobody reads', () => {
    expect(() => model('openai/gpt-4o', {}, { offline: true })).toThrow(/no setting "offline"/);
  });

  test.each([
    { apiKey: 'sk-1234567890' as never },
    { headers: { Authorization: 'sk-1234567890' } },
    { headers: { 'X-Api-Key': 'sk-1234567890' } },
  ])('a key as plain text, without repeating it: case %#', (options) => {
    const declare = () => model('openai/gpt-4o', {}, options);
    expect(declare).toThrow(/secret\.env/);
    expect(declare).not.toThrow(/1234567890/);
  });

  test('and a secret of a good model prints as its name only', () => {
    const made = model('openai/gpt-4o', {}, { apiKey: secret.value('sk-1234567890', 'K') });
    expect(JSON.stringify(made) + inspect(made, { depth: 9, showHidden: true })).not.toContain('1234567890');
  });
});
