import { afterAll, describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { defaultGraph, fingerprints, load, namesOf, removeFolders } from './kit.js';

afterAll(removeFolders);

const data = { 'data.jsonl': '{"id":1,"text":"a"}\n' };
const yaml = (text: string) => load({ 'pipeline.yaml': text, ...data });
const printsOf = async (loading: ReturnType<typeof load>) => {
  const loaded = await loading;
  return fingerprints(defaultGraph(loaded), loaded);
};

const PLAIN = `stages:
  rows: { source: data.jsonl }
  answers: { generate: rows, model: test/echo, temperature: 0.5, prompt: "Q {{text}}", into: answer }
`;

describe('a pipeline file', () => {
  test('is the same in YAML, JSON and TOML', async () => {
    const stages = {
      rows: { source: 'data.jsonl' },
      answers: { generate: 'rows', model: 'test/echo', temperature: 0.5, prompt: 'Q {{text}}', into: 'answer' },
    };
    const toml =
      '[stages.rows]\nsource = "data.jsonl"\n[stages.answers]\ngenerate = "rows"\nmodel = "test/echo"\ntemperature = 0.5\nprompt = "Q {{text}}"\ninto = "answer"\n';
    const expected = await printsOf(yaml(PLAIN));
    expect(await printsOf(load({ 'pipeline.json': JSON.stringify({ stages }, null, '\t'), ...data }))).toEqual(
      expected,
    );
    expect(await printsOf(load({ 'pipeline.toml': toml, ...data }))).toEqual(expected);
  });

  test('keeps every fingerprint when a default is written out, names change, or options do', async () => {
    const before = await printsOf(yaml(PLAIN));
    const after = await printsOf(
      yaml(
        PLAIN.replaceAll('rows', 'lines').replace(
          'into: answer',
          'into: answer, options: { concurrency: 9, retries: 1 }',
        ),
      ),
    );
    expect(after['answers']).toBe(before['answers']);
    expect(after['lines']).toBe(before['rows']);
  });

  test('stages may stand in any order, and each has the name it was given', async () => {
    const loaded = await yaml(
      'stages:\n  answers: { generate: rows, model: test/echo, prompt: "{{text}}" }\n  rows: { source: data.jsonl }\noutputs: [answers]\n',
    );
    expect(namesOf(loaded)).toEqual(['answers']);
    expect([...defaultGraph(loaded).names.values()].sort()).toEqual(['answers', 'rows']);
  });

  test('parameters keep their types, and within a text become text', async () => {
    const plain = await printsOf(yaml(PLAIN));
    const params = PLAIN.replace('0.5', '"${params.t}"').replace('Q {{', '${params.q} {{');
    expect(await printsOf(yaml(`params: { t: 0.5, q: Q }\n${params}`))).toEqual(plain);
    expect(
      await printsOf(load({ 'pipeline.yaml': `params: { t: 1, q: Q }\n${params}`, ...data }, { set: ['t=0.5'] })),
    ).toEqual(plain);
    expect(
      await printsOf(
        load(
          { 'pipeline.yaml': `params: { t: 1, q: 2 }\n${params}`, ...data, 'o.toml': '[params]\nt = 0.5\nq = "Q"\n' },
          { overrides: ['o.toml'] },
        ),
      ),
    ).toEqual(plain);
  });

  test('--set changes one field of one stage; the last one wins', async () => {
    const plain = await printsOf(yaml(PLAIN));
    const set = await printsOf(
      load(
        { 'pipeline.yaml': PLAIN.replace('0.5', '1'), ...data },
        { set: ['answers.temperature=2', 'stages.answers.temperature=0.5'] },
      ),
    );
    expect(set).toEqual(plain);
  });

  test('a literal ${params.x} is written $${params.x}', async () => {
    const literal = await printsOf(
      yaml(
        'stages: { rows: { source: data.jsonl }, answers: { generate: rows, model: test/echo, prompt: "$${params.x}{{text}}" } }\n',
      ),
    );
    const code = await printsOf(
      yaml(
        'params: { y: "${params." }\nstages: { rows: { source: data.jsonl }, answers: { generate: rows, model: test/echo, prompt: "${params.y}x}{{text}}" } }\n',
      ),
    );
    expect(literal['answers']).toBe(code['answers']);
  });

  test('anchors and merges are read as YAML has them', async () => {
    const merged = PLAIN.replace('model: test/echo, temperature: 0.5', '<<: *usual').replace(
      'stages:',
      'params: { usual: &usual { model: test/echo, temperature: 0.5 } }\nstages:',
    );
    expect(await printsOf(yaml(merged))).toEqual(await printsOf(yaml(PLAIN)));
  });

  test('includes bring stages and parameters, paths from their own folder; the including file wins', async () => {
    const loaded = await load({
      'pipeline.yaml':
        'include: parts/rows.yaml\nparams: { t: 0.5 }\nstages:\n  answers: { generate: rows, model: test/echo, temperature: "${params.t}", prompt: "Q {{text}}", into: answer }\n',
      'parts/rows.yaml': 'params: { t: 9 }\nstages: { rows: { source: ../data.jsonl } }\n',
      ...data,
    });
    expect(await fingerprints(defaultGraph(loaded), loaded)).toEqual(await printsOf(yaml(PLAIN)));
    expect(loaded.inputs.map((file) => file.replace(/.*\//, ''))).toEqual(['pipeline.yaml', 'rows.yaml']);
  });

  test('several pipelines share one file', async () => {
    const loaded = await yaml(`${PLAIN}pipelines:\n  first: [rows]\n  all: { outputs: { a: answers } }\n`);
    expect([...loaded.pipelines.keys()]).toEqual(['default', 'first', 'all']);
    expect([...(loaded.pipelines.get('all')?.outputs.keys() ?? [])]).toEqual(['a']);
    expect(loaded.pipelines.get('first')?.stages).toHaveLength(1);
  });

  test('a secret is a secret by type, and rotating it changes nothing', async () => {
    const text = (name: string) =>
      `stages: { rows: { source: data.jsonl }, a: { generate: rows, model: { name: openai/gpt-4o-mini, options: { apiKey: "\${env:${name}}" } }, prompt: "{{text}}" } }\n`;
    process.env['MILLRACE_TEST_KEY'] = 'first';
    const before = await printsOf(yaml(text('MILLRACE_TEST_KEY')));
    process.env['MILLRACE_TEST_KEY'] = 'second';
    const loaded = await yaml(text('MILLRACE_TEST_KEY'));
    expect(await fingerprints(defaultGraph(loaded), loaded)).toEqual(before);
    expect(JSON.stringify(defaultGraph(loaded).stages.map(({ config, options }) => [config, options]))).not.toMatch(
      /first|second/,
    );
    delete process.env['MILLRACE_TEST_KEY'];
  });
});

describe('a matrix', () => {
  const matrix = `stages:
  rows: { source: data.jsonl }
  answers:
    generate: rows
    into: answer
    matrix: { model: [test/echo, { name: test/echo, template: "x {{answer}}" }], prompt: { plain: "{{text}}", cot: "Think. {{text}}" } }
  vectors: { embed: answers, from: answer, model: test/ngram }
`;

  test('gives a stage for each combination, named so that a person can tell, and those below fan out with it', async () => {
    expect(namesOf(await yaml(matrix))).toEqual([
      'rows',
      'answers[echo,plain]',
      'answers[echo,cot]',
      'answers[echo-2,plain]',
      'answers[echo-2,cot]',
      'vectors[echo,plain]',
      'vectors[echo,cot]',
      'vectors[echo-2,plain]',
      'vectors[echo-2,cot]',
    ]);
  });

  test('each combination has the fingerprint it would have alone', async () => {
    const alone = await printsOf(
      yaml(
        'stages: { rows: { source: data.jsonl }, answers: { generate: rows, into: answer, model: test/echo, prompt: "Think. {{text}}" } }\n',
      ),
    );
    expect((await printsOf(yaml(matrix)))['answers[echo,cot]']).toBe(alone['answers']);
  });

  test('its name stands for all of its stages', async () => {
    const loaded = await yaml(`${matrix}outputs: [vectors]\n`);
    expect(namesOf(loaded)).toHaveLength(4);
    expect(loaded.groups.get('answers')).toHaveLength(4);
  });
});

test('what was parsed is noted by content, so that the next run need not parse', async () => {
  const store = memoryStore();
  const first = await load({ 'pipeline.yaml': PLAIN, ...data }, { store });
  const put: string[] = [];
  const watched = {
    ...store,
    fact: store.fact.bind(store),
    putFact: (name: string) => void put.push(name),
  } as unknown as typeof store;
  const second = await load({ 'pipeline.yaml': PLAIN, ...data }, { store: watched });
  expect(await fingerprints(defaultGraph(second), second)).toEqual(await fingerprints(defaultGraph(first), first));
  expect(put.filter((name) => name.startsWith('parsed:'))).toEqual([]);
  await load({ 'pipeline.yaml': PLAIN.replace('0.5', '0.6'), ...data }, { store: watched });
  expect(put.filter((name) => name.startsWith('parsed:'))).toHaveLength(1);
});
