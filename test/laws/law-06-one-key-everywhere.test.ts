import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Graph, memoryStore, planGraph } from '@millrace/core';
import { generate, model } from '@millrace/stages';
import { loadFile } from '../../packages/millrace/src/file/load.js';
import { answerOf } from './children.js';
import { folder } from './files.js';
import { go } from './kit.js';
import { lab, printOf, printsOf } from './lab.js';

/** Prints what must be one everywhere: fingerprints, contents, row identities. */
const PROGRAM = `
  import * as engine from '@millrace/core';
  import { evaluate, exactMatch, extract, generate, model, regex, rowsSource, embed, sort } from '@millrace/stages';
  import { codeReader, go, kit, Outside } from './kit.js';
  const backwards = process.argv[2] === 'backwards';
  const turned = (value) =>
    !value || Object.getPrototypeOf(value) !== Object.prototype ? value
      : Object.fromEntries((backwards ? Object.entries(value).reverse() : Object.entries(value)).map(([k, v]) => [k, turned(v)]));
  const outside = new Outside();
  const k = kit(engine, outside);
  const store = engine.memoryStore();
  const odd = turned({ z: 1, a: { ö: 2, o: 3, I: 4, ı: 5, i: 6, İ: 7, '10': 8, '9': 9 }, at: new Date(0), n: -0, big: 10n,
    re: /ı/giu, set: new Set(['ä', 'a']), map: new Map([['k', 1]]), bytes: new Uint8Array([1, 2]), nan: NaN, sum: 0.1 + 0.2 });
  const rows = ['ä', 'a', 'Z', 'z', 'ı', 'I', 'é', 'e\\u0301', '1 + 1'].map((text, n) => turned({ text, n: n / 3, at: new Date(n * 1e12), gold: '2' }));
  const q = rowsSource(rows);
  const answers = generate(q, turned({ model: model('test/echo', turned({ temperature: 0, template: 'it is {{answer}}' })), prompt: 'Q {{text}}', into: 'answer' }));
  const parsed = extract(answers, turned({ from: 'answer', with: regex(/(\\S+)$/), into: 'value' }));
  const scores = evaluate(parsed, turned({ prediction: 'value', reference: 'gold', metrics: turned({ em: exactMatch() }), bootstrap: turned({ replicates: 50 }) }));
  const outputs = {
    q, answers, parsed, scores, summary: scores.summary,
    vectors: embed(q, turned({ from: 'text', model: model('test/ngram', { dimensions: 16 }) })),
    sorted: sort(q, turned({ by: ['text'] })),
    sampled: k.sampled(q, turned({ from: 'text', into: 'draw', repeat: 2 })),
    grouped: k.group(q, { by: 'text' }),
  };
  const { plan } = await engine.planGraph(engine.graphOf({ odd: k.pure(q, { from: 'text', into: 'out', with: odd }) }), {}, { store, code: codeReader, base: '/' });
  const went = await go({ engine, outside, store }, outputs);
  const entries = [...store.entries()].map(({ fingerprint, recipe, inputs, parts, rows }) => ({ fingerprint, recipe, inputs, rows: rows?.identity,
    parts: Object.entries(parts).map(([name, part]) => [name, part.is === 'table' ? part.columns.map((c) => c.name + ' ' + c.digest).sort() : part.digest]) }));
  const plain = (value) => value && typeof value === 'object' ? Array.isArray(value) ? value.map(plain) : Object.entries(value).map(([a, b]) => [a, plain(b)]).sort(([a], [b]) => a < b ? -1 : 1) : value;
  console.log(JSON.stringify({
    said: [Intl.DateTimeFormat().resolvedOptions().timeZone, Intl.DateTimeFormat().resolvedOptions().locale, process.cwd()],
    odd: plan.steps.map((step) => step.fingerprint), entries: entries.map((e) => JSON.stringify(plain(e))).sort(), ended: went.outcome?.ended, error: went.error?.message,
  }));
`;

interface Seen {
  readonly said: readonly string[];
  readonly entries: readonly string[];
  readonly odd: readonly string[];
  readonly ended: string;
}

describe('fingerprints, contents and row keys are the same', () => {
  let here: Promise<Seen> | undefined;
  const first = () => {
    here ??= answerOf(PROGRAM, { env: { TZ: 'UTC', LANG: 'C.UTF-8' }, cwd: '/' }) as Promise<Seen>;
    return here;
  };

  test.each([
    ['another time zone', { env: { TZ: 'Asia/Kathmandu', LANG: 'C.UTF-8' } }],
    ['a time zone with half a day of difference', { env: { TZ: 'Pacific/Kiritimati', LANG: 'C.UTF-8' } }],
    ['a Turkish locale', { env: { TZ: 'UTC', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' } }],
    ['a Swedish locale', { env: { TZ: 'Europe/Stockholm', LC_ALL: 'sv_SE.UTF-8', LANG: 'sv_SE.UTF-8' } }],
    ['another working directory and home', { env: { TZ: 'UTC', HOME: '/nowhere', USER: 'someone' }, cwd: '/tmp' }],
    ['keys written in another order', { env: { TZ: 'UTC' }, args: ['backwards'] }],
    ['a colourful production machine', { env: { TZ: 'UTC', NODE_ENV: 'production', FORCE_COLOR: '3', CI: '1' } }],
    [
      'other seeds of the JavaScript engine',
      { env: { TZ: 'UTC' }, flags: ['--hash-seed=7', '--random-seed=9', '--jitless'] },
    ],
  ])('with %s', async (_, how) => {
    const { said: _here, ...one } = await first();
    expect([one.ended, one.entries.length >= 10]).toEqual(['done', true]);
    const { said: _there, ...there } = (await answerOf(PROGRAM, how)) as Seen;
    expect(there).toEqual(one);
  });

  test('the worlds above are told apart by what JavaScript says of them', async () => {
    const source = `console.log(JSON.stringify([new Date(0).getHours(), ['z', 'ä'].sort((a, b) => a.localeCompare(b)), (1.5).toLocaleString(), process.cwd()]));`;
    const env = { TZ: 'Asia/Kathmandu', LC_ALL: 'sv_SE.UTF-8' };
    expect(await answerOf(source, { env, cwd: '/tmp' })).toEqual([5, ['z', 'ä'], '1,5', '/tmp']);
  });
});

describe('names, paths and options are not in a key', () => {
  const { k } = lab();
  const data = k.rows([{ text: 'a' }]);

  test('the name of a stage, and where it stands among the outputs', async () => {
    const asked = () => k.asked(data, { from: 'text', into: 'answer' });
    const one = await printsOf({ first: asked(), second: k.sort(data, { by: 'text' }) });
    const other = await printsOf({ a: k.sort(data, { by: 'text' }), b: asked() });
    expect([other['b'], other['a']]).toEqual([one['first'], one['second']]);
  });

  test('options of the engine and of the stage', async () => {
    const options = {
      concurrency: 9,
      retries: 3,
      timeoutMs: 5,
      stopAfter: 1,
      format: 'parquet',
      limit: { name: 'x' },
    } as const;
    expect(await printOf(k.asked(data, { from: 'text', into: 'a', options }))).toBe(
      await printOf(k.asked(data, { from: 'text', into: 'a' })),
    );
  });

  test('renaming an output column or the column that is read keeps every answer', async () => {
    const world = lab();
    const build = (column: string, into: string) => ({
      it: world.k.asked(world.k.rows([{ [column]: 'a' }, { [column]: 'b' }]), { from: column, into }),
    });
    await go(world, build('text', 'answer'));
    const renamed = await go(world, build('question', 'reply'));
    expect(renamed.calls).toEqual([]);
    expect(Object.keys((await renamed.rows('it'))[0] ?? {}).sort()).toEqual(['question', 'reply']);
  });

  test('undefined in config is as if it was not written; a default written out is the default', async () => {
    const one = await printOf(k.asked(data, { from: 'text', into: 'a', with: { a: 1 } }));
    expect(await printOf(k.asked(data, { from: 'text', into: 'a', with: { a: 1, b: undefined } }))).toBe(one);
    expect(await printOf(k.asked(data, { from: 'text', into: 'a', with: { a: 1, b: null } }))).not.toBe(one);
    const asking = { model: model('test/echo', { temperature: 0 }), prompt: '{{text}}' };
    const print = (more: object) => printOf(generate(data, { ...asking, ...more } as typeof asking));
    const silent = await print({});
    expect(await print({ into: 'text', schema: undefined, samples: undefined })).toBe(silent);
    expect(await print({ into: 'other' })).not.toBe(silent);
  });
});

const DATA = '{"text":"1 + 1","gold":"2"}\n{"text":"2 + 3","gold":"5"}\n';
const FUNCTIONS = `
import { suffix } from './more.js';
export const clean = ({ answer }: { answer: string }) => ({ clean: answer.trim() + suffix });
`;
const YAML = `
stages:
  questions: { source: data.jsonl, columns: { text: text, gold: text } }
  answers: { generate: questions, model: test/echo, temperature: 0, prompt: "Q: {{text}}", into: answer, options: { concurrency: 3 } }
  cleaned: { map: answers, with: ./functions.ts#clean }
  values: { extract: cleaned, from: clean, with: { regex: '(\\d+)' }, into: value }
  scores: { evaluate: values, prediction: value, reference: gold, metrics: { em: exactMatch } }
`;
const CODE = `
import { evaluate, exactMatch, extract, generate, map, model, pipeline, regex, source } from 'millrace';
import { clean } from './functions.js';
const questions = source.jsonl('data.jsonl', { columns: { gold: 'text', text: 'text' } });
const answers = generate(questions, { into: 'answer', prompt: 'Q: {{text}}', model: model('test/echo', { temperature: 0 }) });
const cleaned = map(answers, { run: clean });
const values = extract(cleaned, { from: 'clean', into: 'value', with: regex(/(\\d+)/) });
const scores = evaluate(values, { metrics: { em: exactMatch() }, reference: 'gold', prediction: 'value' });
export default pipeline({ scores, values, cleaned, answers, questions });
`;

function project(at: string, files: Readonly<Record<string, string>>): string {
  const all = {
    'package.json': '{"type":"module"}',
    'data.jsonl': DATA,
    'functions.ts': FUNCTIONS,
    'more.ts': "export const suffix = '!';\n",
  };
  mkdirSync(at, { recursive: true });
  for (const [name, text] of Object.entries({ ...all, ...files })) writeFileSync(join(at, name), text);
  return at;
}

async function loaded(at: string, file: string): Promise<Record<string, string>> {
  const store = memoryStore();
  const { pipelines, code, base } = await loadFile(
    join(at, file),
    { set: [], files: [] },
    { root: at, facts: () => store },
  );
  const graph = pipelines.get('default') as Graph;
  const { survey } = await planGraph(graph, {}, { store, code: await code(), base });
  return Object.fromEntries(
    [...graph.outputs].map(([name, { stage }]) => [name, survey.of.get(stage)?.fingerprint ?? '']),
  );
}

describe('from YAML, JSON or TypeScript, wherever the project lies', () => {
  /** Within the workspace, so that the package is found. */
  const inside = () => project(join(folder(), 'project'), { 'pipeline.yaml': YAML, 'pipeline.ts': CODE });

  test('one fingerprint each', async () => {
    const at = inside();
    const yaml = await loaded(at, 'pipeline.yaml');
    expect(Object.keys(yaml)).toEqual(expect.arrayContaining(['questions', 'answers', 'cleaned', 'values', 'scores']));
    const { questions, answers, cleaned, values, scores } = await loaded(at, 'pipeline.ts');
    expect({ questions, answers, cleaned, values, scores }).toEqual({
      questions: yaml['questions'],
      answers: yaml['answers'],
      cleaned: yaml['cleaned'],
      values: yaml['values'],
      scores: yaml['scores'],
    });
  });

  test('a moved project, a renamed file of functions, another formatting', async () => {
    const at = inside();
    const before = await loaded(at, 'pipeline.yaml');
    const moved = join(folder(), 'elsewhere', 'with a space');
    cpSync(at, moved, { recursive: true });
    expect(await loaded(moved, 'pipeline.yaml')).toEqual(before);
    project(moved, {
      'renamed.ts': FUNCTIONS.replace('suffix }', 'suffix\n}').replace('=> (', '=>   /* a note */ ('),
      'pipeline.yaml': YAML.replace('functions.ts', 'renamed.ts'),
    });
    expect(await loaded(moved, 'pipeline.yaml')).toEqual(before);
    project(moved, { 'more.ts': "export const suffix = '?';\n" });
    const edited = await loaded(moved, 'pipeline.yaml');
    expect([edited['answers'], edited['cleaned']]).toEqual([
      before['answers'],
      expect.not.stringMatching(before['cleaned'] ?? ''),
    ]);
  });

  test('a source renamed and touched keeps its fingerprint; other bytes do not', async () => {
    const at = inside();
    const before = await loaded(at, 'pipeline.yaml');
    project(at, { 'others.jsonl': DATA, 'pipeline.yaml': YAML.replace('data.jsonl', 'others.jsonl') });
    expect(await loaded(at, 'pipeline.yaml')).toEqual(before);
    project(at, {
      'others.jsonl': DATA.replace('3', '4'),
      'pipeline.yaml': YAML.replace('data.jsonl', 'others.jsonl'),
    });
    expect(
      Object.values(await loaded(at, 'pipeline.yaml')).filter((print) => Object.values(before).includes(print)),
    ).toEqual([]);
  });
});

test('what follows from a name, the host or an option is in the key before it is hashed', async () => {
  const answers = (await answerOf(
    `
    import * as engine from '@millrace/core';
    import { embed, model, rowsSource, source } from '@millrace/stages';
    import { codeReader } from './kit.js';
    import { writeFileSync } from 'node:fs';
    const base = process.argv[2];
    for (const name of ['a.txt', 'a.csv', 'b.csv', 'a.jsonl']) writeFileSync(base + '/' + name, '"text"\\n"x"\\n');
    const q = rowsSource([{ text: 'x' }]);
    const hub = (config, options) => embed(q, { from: 'text', model: model('local/acme/tiny', { revision: '0'.repeat(40), ...config }, options) });
    const made = { wasm: hub({}, { device: 'wasm' }), cpu: hub({}, { device: 'cpu' }), none: hub({}, {}), said: hub({ dtype: 'fp32' }, {}), q8: hub({ dtype: 'q8' }, {}),
      txt: source.path('a.txt'), csv: source.path('a.csv'), renamed: source.path('b.csv'), asCsv: source.csv('a.txt') };
    const { survey } = await engine.planGraph(engine.graphOf(made), {}, { store: engine.memoryStore(), code: codeReader, base });
    const graph = engine.graphOf(made);
    console.log(JSON.stringify(Object.fromEntries(Object.entries(made).map(([name, handle]) => [name, survey.of.get(engine.refOf(handle).stage).fingerprint]))));
    `,
    { args: [folder()] },
  )) as Record<string, string>;
  const { wasm, cpu, none, said, q8, txt, csv, renamed, asCsv } = answers;
  expect([wasm, cpu, said]).toEqual([none, none, none]);
  expect(q8).not.toBe(none);
  expect(csv).toBe(renamed);
  expect(asCsv).toBe(csv);
  expect(txt).not.toBe(csv);
});
