import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects, statuses, write } from './millrace.js';

afterAll(removeProjects);

const near = (half: number) =>
  `export const near = ({ prediction, reference }: any) => (prediction === reference ? 1 : ${half});\n`;
const YAML =
  'stages:\n  rows: { source: d.jsonl }\n  out: { evaluate: rows, prediction: a, reference: b, metrics: { near: ./near.ts#near } }\n';
const typescript = (top: string, metric: string) => `import { evaluate, pipeline, source } from 'millrace';
${top}
const rows = source.jsonl('d.jsonl', { columns: { a: 'text', b: 'text' } });
const out = evaluate(rows, { prediction: 'a', reference: 'b', metrics: { near: ${metric} } });
export default pipeline({ rows, out });
`;
const IMPORTED = typescript("import { near } from './near.js';", 'near');
const INLINE = typescript(
  "import { near } from './near.js';",
  '({ prediction, reference }) => near({ prediction, reference })',
);

test.each([
  ['named in YAML', { 'pipeline.yaml': YAML }],
  ['imported', { 'pipeline.ts': IMPORTED }],
  ['written in its place', { 'pipeline.ts': INLINE }],
])('a function is a metric, and its code is in the key: %s', (_, files) => {
  const folder = project({ ...files, 'd.jsonl': '{"a":"x","b":"x"}\n{"a":"x","b":"y"}\n', 'near.ts': near(0.5) });
  const scores = () => {
    const { out, err } = millrace(folder, ['run']);
    expect(err).toBe('');
    millrace(folder, ['export', 'out', '--to', 'out.jsonl', '--overwrite']);
    const rows = read(folder, 'out.jsonl').trim().split('\n');
    return [statuses(out).find((each) => each.endsWith(' out.near')), ...rows.map((row) => JSON.parse(row).near)];
  };
  expect(scores()).toEqual(['ran out.near', 1, 0.5]);
  expect(scores()).toEqual(['reused out.near', 1, 0.5]);
  write(folder, { 'near.ts': near(0.25) });
  expect(scores()).toEqual(['ran out.near', 1, 0.25]);
});

test('pass@k counts what a metric of your own says', () => {
  const folder = project({
    'pipeline.ts': typescript(
      "import { custom, passAtK } from 'millrace';\nimport { near } from './near.js';",
      "passAtK({ k: 1, correct: custom({ name: 'n', needs: ['prediction', 'reference'], perRow: near }) })",
    ).replace('{ rows, out }', '{ rows, out, summary: out.summary }'),
    'd.jsonl': '{"a":"x","b":"x"}\n{"a":"x","b":"y"}\n',
    'near.ts': near(0.5),
  });
  expect(millrace(folder, ['run']).err).toBe('');
  millrace(folder, ['export', 'summary', '--to', 's.jsonl']);
  expect(JSON.parse(read(folder, 's.jsonl')).value).toBe(0.5);
});

describe('functions within the settings of a metric, in YAML', () => {
  const scored = (metric: string) =>
    project({
      'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  out: { evaluate: rows, prediction: a, reference: b, metrics: { m: ${metric} } }
`,
      'd.jsonl': '{"a":"x","b":"x"}\n{"a":"x","b":"y"}\n',
      'near.ts': `${near(0.5)}export const ask = ({ a }: any) => \`\${a} is \${a.length} of 5\`;
export const take = (text: string) => Number(text.split(' of ')[1]);
`,
    });
  const metricIn = (folder: string) => {
    expect(millrace(folder, ['run', '-q']).err).toBe('');
    return JSON.parse(millrace(folder, ['check', '--json']).out).metrics[0].after.value;
  };

  test('pass@k counts what a function says, and its code is in the key', () => {
    const folder = scored('{ passAtK: { k: 1, correct: ./near.ts#near } }');
    expect(metricIn(folder)).toBe(0.5);
    write(folder, { 'near.ts': near(1) });
    expect(metricIn(folder)).toBe(1);
  });

  test('a judge takes a prompt and an extraction of your own', () => {
    const settings = 'model: test/echo, prompt: ./near.ts#ask, extract: ./near.ts#take';
    expect(metricIn(scored(`{ judge: { ${settings} } }`))).toBe(5);
  });

  test('what is wrong there is said there', () => {
    const said = (metric: string) => millrace(scored(metric), ['plan']).err;
    expect(said('{ passAtK: { k: 1, corect: exactMatch } }')).toMatch(
      /:3:\d+: passAtK of m in metrics of evaluate has no setting corect\. Did you mean correct\?/,
    );
    expect(said('{ passAtK: { k: 1, correct: ./near.ts#nere } }')).toMatch(
      /exports no function nere\. Did you mean near\?/,
    );
    expect(said('{ blue: {} }')).toMatch(/m in metrics of evaluate has no setting blue\. Did you mean bleu\?/);
    expect(said('{ passAtK: { k: 1, correct: { judge: { model: test/echo, prompt: x } } } }')).toMatch(
      /The metric correct of passAtK is .* which asks a model\. Name one that looks at the row/,
    );
  });

  test('a prompt of across may be a function', () => {
    const folder = project({
      'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  out: { generate: rows, model: test/echo, into: o, across: { prompt: { plain: '{{a}}', own: ./near.ts#ask } } }
`,
      'd.jsonl': '{"a":"x"}\n',
      'near.ts': 'export const ask = ({ a }: any) => `What is ${a}?`;\n',
    });
    expect(millrace(folder, ['run', '-q']).err).toBe('');
    millrace(folder, ['export', 'out', '--to', 'o.jsonl']);
    expect(read(folder, 'o.jsonl')).toMatch(/What is x\?/);
  });
});
