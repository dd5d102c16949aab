import { afterAll, expect, test } from '@jest/globals';
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
