import { cp, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { env, pipeline } from '@huggingface/transformers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import type { LocalModel, ModelConfig, ModelOptions } from './config.js';
import { folderDigest, surveyModel } from './disk.js';
import { openLocal } from './local.js';
import { type Model, model } from './model.js';
import { type OpenModel, openModel } from './open.js';
import type { EmbedModel, EmbedRequest, GenerateModel, GenerateRequest } from './port.js';
import { calling, failureOf } from './testing/call.js';
import { startHub } from './testing/hub.js';
import { writeTinyModels } from './testing/tiny-models.js';

let folder: string;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-models-'));
  await writeTinyModels(folder);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});
afterAll(() => remove(folder));

type Both = OpenModel & { generate: GenerateModel; embed: EmbedModel };

async function opened(name: string, config: ModelConfig = {}, options: ModelOptions = {}): Promise<Both> {
  const made = model(`local/${name}`, config, { folder: join(folder, name), threads: 1, ...options });
  const ports = (await openModel(made)) as Both;
  open.push(ports);
  return ports;
}

const embed = async (ports: Both, texts: readonly string[], request: EmbedRequest = {}) =>
  (await ports.embed.embed(texts, request, calling())).vectors;

const say = async (ports: Both, request: GenerateRequest) => ports.generate.generate(request, calling());

const bits = (vectors: readonly Float32Array[]) =>
  vectors.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString('hex'));

const texts = Array.from({ length: 40 }, (_, i) => `text ${i} ${'of many words '.repeat(i % 7)}🚀`);
const FEW_SHOT = 'Q: capital of France? A: Paris\nQ: capital of Spain? A: Madrid\nQ: capital of France? A:';

describe('vectors of a local model', () => {
  test('are to the bit those of the library alone', async () => {
    Object.assign(env, { allowRemoteModels: false, localModelPath: `${folder}/` });
    const reference = await pipeline('feature-extraction', 'tiny-embed', {
      dtype: 'fp32',
      session_options: { intraOpNumThreads: 1 },
    });
    const expected = await Promise.all(
      texts
        .slice(0, 5)
        .map(async (text) => (await reference(text, { pooling: 'mean', normalize: true })).data as Float32Array),
    );
    const vectors = await embed(await opened('tiny-embed'), texts.slice(0, 5));
    expect(bits(vectors)).toEqual(bits(expected));
    expect(vectors[0]?.length).toBe(256);
  });

  test('are the same bits alone, in any company, in any order and from any number of workers', async () => {
    const one = await opened('tiny-embed');
    const two = await opened('tiny-embed', {}, { concurrency: 2 });
    const batched = await opened('tiny-embed', { batchInvariant: true });
    const all = bits(await embed(one, texts));
    expect(bits(await embed(one, texts.slice(7, 8)))).toEqual([all[7]]);
    expect(bits(await embed(one, texts.toReversed())).reverse()).toEqual(all);
    expect(bits(await embed(two, texts))).toEqual(all);
    // tiny-embed is convolution only, one of the models of which the declaration is true.
    expect(bits(await embed(batched, texts))).toEqual(all);
    expect([one.embed.batchInvariant, batched.embed.batchInvariant]).toEqual([false, true]);
  });

  test('own their memory', async () => {
    const [a, b] = await embed(await opened('tiny-embed'), ['a', 'b']);
    expect(a?.buffer).not.toBe(b?.buffer);
    expect(a?.buffer.byteLength).toBe(256 * 4);
  });

  test('come with the tokens that were read', async () => {
    const ports = await opened('tiny-embed');
    const { usage, model: name } = await ports.embed.embed(['abc', ''], {}, calling());
    expect(usage).toEqual({ input: 5 + 2, output: 0 });
    expect(name).toBe('local/tiny-embed');
  });

  test('follow pooling and normalisation, which are in the identity', async () => {
    const text = ['some words'];
    const ways = await Promise.all(
      [{}, { pooling: 'cls' as const }, { pooling: 'last_token' as const }, { normalize: false }].map(
        async (config) => {
          const ports = await opened('tiny-embed', config);
          return { bits: bits(await embed(ports, text))[0], identity: JSON.stringify(ports.embed.identity) };
        },
      ),
    );
    expect(new Set(ways.map((way) => way.bits)).size).toBe(4);
    expect(new Set(ways.map((way) => way.identity)).size).toBe(4);
  });

  test('can be cut to their first dimensions, and are then of unit length again', async () => {
    const ports = await opened('tiny-embed');
    const [short] = await embed(ports, ['some words'], { dimensions: 16 });
    expect(short?.length).toBe(16);
    expect(short?.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
    expect(await failureOf(embed(ports, ['x'], { dimensions: 257 }))).toMatchObject({
      kind: 'bad-request',
      everyRow: true,
    });
  });

  test('of a text beyond the window fail, unless it may be cut', async () => {
    const ports = await opened('tiny-embed');
    const long = 'x'.repeat(3000);
    const failure = await failureOf(embed(ports, ['fine', long]));
    expect(failure).toMatchObject({ kind: 'bad-request', permanent: true, everyRow: false });
    expect(failure.message).toMatch(/3002 tokens.*2048 tokens.*truncate/);
    expect((await embed(ports, [long], { truncate: 'end' }))[0]?.length).toBe(256);
  });

  test('are never NaN: a text without tokens fails', async () => {
    const lm = join(folder, 'bare-embed');
    await cp(join(folder, 'tiny-embed'), lm, { recursive: true });
    await cp(join(folder, 'tiny-lm', 'tokenizer.json'), join(lm, 'tokenizer.json'));
    const ports = await opened('bare-embed');
    expect((await failureOf(embed(ports, ['']))).message).toMatch(/no vector for ""/);
    expect((await embed(ports, ['a']))[0]?.every(Number.isFinite)).toBe(true);
  });
});

describe('text of a local model', () => {
  test('ends at the end token, which is no text', async () => {
    const answer = await say(await opened('tiny-lm'), { prompt: FEW_SHOT });
    expect(answer).toMatchObject({ text: ' Paris', finish: 'stop', model: 'local/tiny-lm' });
    expect(answer.usage).toEqual({ input: FEW_SHOT.length, output: 7 });
  });

  test('ends at a stop text, at the limit, and says which', async () => {
    const ports = await opened('tiny-lm');
    expect(await say(ports, { prompt: FEW_SHOT, stop: ['ri'] })).toMatchObject({ text: ' Pa', finish: 'stop' });
    expect((await say(ports, { prompt: FEW_SHOT, stop: ['ri'] })).usage.output).toBe(5);
    expect(await say(ports, { prompt: FEW_SHOT, maxTokens: 3 })).toMatchObject({ text: ' Pa', finish: 'length' });
  });

  test('is the same whatever else is asked, before or beside it', async () => {
    const ports = await opened('tiny-lm', {}, { concurrency: 2 });
    const prompts = Array.from({ length: 6 }, (_, i) => `x: ${i} blue ${i}\nx: ${i} red\nx: ${i} `);
    const together = await Promise.all(prompts.map((prompt) => say(ports, { prompt })));
    for (const [i, prompt] of prompts.entries()) expect((await say(ports, { prompt })).text).toBe(together[i]!.text);
  });

  test('answers chat messages through the template of the model', async () => {
    const ports = await opened('tiny-lm');
    const messages = [
      { role: 'user' as const, content: 'sky?' },
      { role: 'assistant' as const, content: 'blue' },
      { role: 'user' as const, content: 'sky?' },
    ];
    expect(await say(ports, { messages })).toMatchObject({ text: 'blue', finish: 'stop' });
  });

  test('is drawn from its seed, alone or in a crowd, on one worker or two', async () => {
    const ports = await opened('tiny-lm');
    const draw = (at: Both, seed: number) =>
      say(at, { prompt: 'once upon a time', temperature: 3, seed, maxTokens: 12 });
    const seeds = [1, 2, 3, 4, 5, 6];
    const alone: string[] = [];
    for (const seed of seeds) alone.push((await draw(ports, seed)).text);
    const two = await opened('tiny-lm', {}, { concurrency: 2 });
    const crowd = await Promise.all(seeds.toReversed().map(async (seed) => (await draw(two, seed)).text));
    expect(crowd.toReversed()).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(1);
  });

  test('is refused where something asked for would be left out', async () => {
    const ports = await opened('tiny-lm');
    const all: GenerateRequest[] = [
      { prompt: 'x', temperature: 1 },
      { prompt: 'x', topP: 0.5 },
      { prompt: 'x', logprobs: 1 },
      { prompt: 'x', schema: { name: 's', schema: {} } },
    ];
    for (const request of all)
      expect(await failureOf(say(ports, request))).toMatchObject({ kind: 'bad-request', everyRow: true });
    expect(await failureOf(say(ports, { prompt: '' }))).toMatchObject({ kind: 'bad-request', everyRow: false });
    expect((await failureOf(say(ports, { prompt: 'x'.repeat(3000) }))).message).toMatch(/3000 tokens/);
  });
});

describe('a local model', () => {
  test('is known by what its folder holds, wherever it lies', async () => {
    const ports = await opened('tiny-embed');
    const moved = join(folder, 'elsewhere');
    await cp(join(folder, 'tiny-embed'), moved, { recursive: true });
    await writeFile(join(moved, '.DS_Store'), 'x');
    expect((await opened('elsewhere')).embed.identity).toEqual(ports.embed.identity);
    expect(JSON.stringify(ports.embed.identity)).not.toContain(folder);
    await writeFile(join(moved, 'config.json'), '{}');
    expect((await opened('elsewhere')).embed.identity).not.toEqual(ports.embed.identity);
    await rename(join(moved, 'config.json'), join(moved, 'config2.json'));
    expect((await folderDigest(moved)).slice(7, 15)).toMatch(/^[0-9a-f]{8}$/);
  });

  test('names the version of what computes it', async () => {
    expect(await surveyModel(model('local/org/name', { revision: 'v1.0' }))).toEqual({
      runtime: '@huggingface/transformers@4.3.1',
    });
    expect(await surveyModel(model('local/x'), 'sha256-known')).toMatchObject({ weights: 'sha256-known' });
    expect(await surveyModel(model('openai/gpt-4o'))).toEqual({});
  });

  test('that is not there is said before anything runs', async () => {
    expect(await failureOf(opened('no-such'))).toMatchObject({ kind: 'not-found', everyRow: true, permanent: true });
  });

  test('that lacks the dtype it was declared with is not replaced by another', async () => {
    const ports = await opened('tiny-embed', { dtype: 'q8' });
    const failure = await failureOf(embed(ports, ['x']));
    expect(failure).toMatchObject({ kind: 'not-found', everyRow: true });
    expect(failure.message).toMatch(/model_quantized\.onnx/);
  });

  test('of the hub is asked for by its commit alone, once, and is then found offline', async () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const hub = await startHub(join(folder, 'tiny-embed'), `/org/tiny/resolve/${commit}/`);
    open.push(hub);
    const cache = join(folder, 'cache');
    const at = (revision: string, offline: boolean) => {
      const made = model('local/org/tiny', { revision }, { cache, offline, threads: 1 }) as Model & {
        config: LocalModel;
      };
      const ports = openLocal(made, { runtime: 'r' }, hub.entry);
      open.push(ports);
      return ports as Both;
    };
    const expected = bits(await embed(await opened('tiny-embed'), ['x']));
    expect(await failureOf(embed(at(commit, true), ['x']))).toMatchObject({ kind: 'not-found', everyRow: true });
    expect(hub.asked).toEqual([]);
    expect(bits(await embed(at(commit, false), ['x']))).toEqual(expected);
    expect(hub.asked.length).toBeGreaterThan(3);
    expect(hub.asked.filter((path) => !path.includes(commit))).toEqual([]);
    const once = hub.asked.length;
    expect(bits(await embed(at(commit, true), ['x']))).toEqual(expected);
    expect(hub.asked.length).toBe(once);
    expect((await failureOf(embed(at('v2.0', false), ['x']))).kind).toBe('not-found');
  });

  test('says how to install what computes it', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'no-library-'));
    const here = new URL('.', import.meta.url);
    for (const file of await readdir(here)) if (file.endsWith('.mjs')) await cp(new URL(file, here), join(alone, file));
    const made = model('local/tiny-embed', {}, { folder: join(folder, 'tiny-embed') }) as Model & {
      config: LocalModel;
    };
    const ports = openLocal(made, { weights: 'w', runtime: 'r' }, pathToFileURL(join(alone, 'local-worker.mjs')));
    open.push(ports);
    const failure = await failureOf(ports.embed.embed(['x'], {}, calling()));
    expect(failure).toMatchObject({ kind: 'not-found', everyRow: true });
    expect(failure.message).toContain('npm install @huggingface/transformers');
    await rm(alone, { recursive: true });
  });
});

describe('a call to a local model', () => {
  test('ends at once when cancelled, also in the middle of a text, and the next is answered', async () => {
    const ports = await opened('tiny-lm');
    const control = new AbortController();
    const endless = `${'abc '.repeat(20)}`;
    await say(ports, { prompt: FEW_SHOT });
    const long = failureOf(ports.generate.generate({ prompt: endless, maxTokens: 1900 }, { signal: control.signal }));
    const waiting = failureOf(
      ports.generate.generate({ prompt: endless, maxTokens: 1900 }, { signal: control.signal }),
    );
    setImmediate(() => control.abort());
    expect((await Promise.all([long, waiting])).map((f) => f.kind)).toEqual(['cancelled', 'cancelled']);
    expect((await say(ports, { prompt: FEW_SHOT })).text).toBe(' Paris');
  });

  test('ends when its time is up', async () => {
    const ports = await opened('tiny-lm', {}, { timeout: 1 });
    expect(await failureOf(say(ports, { prompt: 'abc '.repeat(20), maxTokens: 1900 }))).toMatchObject({
      kind: 'timeout',
    });
    expect((await ports.generate.generate({ prompt: FEW_SHOT }, calling(60_000))).text).toBe(' Paris');
  });

  test('ends when the model is closed', async () => {
    const ports = await opened('tiny-lm');
    const call = failureOf(say(ports, { prompt: FEW_SHOT }));
    await ports.close();
    expect((await call).kind).toBe('cancelled');
  });

  test('whose worker dies can be tried again', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'broken-worker-'));
    const file = join(broken, 'worker.mjs');
    await writeFile(
      file,
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
    );
    const made = model('local/tiny-embed', {}, { folder }) as Model & { config: LocalModel };
    const ports = openLocal(made, { weights: 'w', runtime: 'r' }, pathToFileURL(file));
    open.push(ports);
    for (const _ of [1, 2]) {
      const failure = await failureOf(ports.embed.embed(['x'], {}, calling()));
      expect(failure).toMatchObject({ kind: 'server', permanent: false });
      expect(failure.message).toMatch(/ended with code 3/);
    }
    await rm(broken, { recursive: true });
  });
});
