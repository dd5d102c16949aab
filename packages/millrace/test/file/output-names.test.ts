import { afterAll, describe, expect, test } from '@jest/globals';
import { graphOf, type Outputs, withoutHiding } from '@millrace/core';
import { map, rowsSource, split } from '@millrace/stages';
import { namesIn } from '../../src/command/asked.js';
import { load, mistakes, removeFolders } from './kit.js';

afterAll(removeFolders);

const data = {
  'data.jsonl': '{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}\n',
  'text.ts': 'export const f = ({ id }) => ({ y: id });\n',
};
const STAGES = `stages:
  rows: { source: data.jsonl }
  halves: { split: rows, parts: { train: 0.5, test: 0.5 } }
  a: { map: rows, with: ./text.ts#f }
  b: { map: a, with: ./text.ts#f }
`;

const yaml = (outputs: string) => ({ 'pipeline.yaml': STAGES + outputs, ...data });

describe('an output with the name of another stage of its pipeline is refused where it stands', () => {
  test.each([
    ['of a stage that it reads', 'outputs: { a: b }\n', 'outputs: { a: b }', 'a'],
    ['of another output', 'outputs: { b: a, second: b }\n', 'outputs: { b: a, second: b }', 'b'],
    ['of a part', 'outputs: { halves.train: b, halves: halves }\n', 'halves.train', 'halves.train'],
    ['of another pipeline', 'pipelines: { p: { outputs: { a: b } } }\n', 'outputs: { a: b }', 'a'],
  ])('%s', async (_, outputs, place, name) => {
    const said = await mistakes(yaml(outputs));
    expect(said).toMatch(/^pipeline\.yaml:\d+:\d+: The output .* has the name of another stage .* another name\.$/m);
    expect([said.includes(`The output ${name} `), said.includes(place)]).toEqual([true, true]);
  });

  test.each([
    ['its own', 'outputs: { a: a, b: b }\n'],
    ['one of its own parts', 'outputs: { halves: halves.test }\n'],
    ['a stage that is not of the pipeline', 'outputs: { b: a }\n'],
  ])('it may have the name of %s', async (_, outputs) => {
    expect(await mistakes(yaml(outputs))).toBe('');
  });

  test('in code, where only a part can have it', () => {
    const rows = rowsSource([{ id: 1 }]);
    const parts = split(rows as never, { parts: { train: 0.5, test: 0.5 } }) as unknown as Outputs;
    const other = map(rows, { run: () => ({ z: 1 }) } as never);
    const declared = (outputs: object) => () => withoutHiding(graphOf(outputs as Outputs));
    expect(declared({ parts: parts['train'], 'parts.test': other })).toThrow(
      'The output parts.test has the name of another stage of the pipeline, or of a part of one',
    );
    expect(declared({ parts: parts['train'], 'parts.test': parts['test'] })).not.toThrow();
    expect([...graphOf({ map: rows, out: other } as never).names.values()]).toEqual(['map', 'out']);
  });
});

test('an output counts before a matrix of its name', async () => {
  const file = await load({
    'pipeline.yaml': `stages:
  rows: { source: data.jsonl }
  two: { generate: rows, model: test/echo, into: o, matrix: { prompt: { x: '{{id}}', y: '{{id}}!' } } }
outputs: { two: rows }
`,
    ...data,
  });
  const graph = file.pipelines.get('default') as never;
  expect(namesIn(['two'], { file, graph })).toEqual(['two']);
});
