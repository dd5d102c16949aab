import { afterAll, describe, expect, test } from '@jest/globals';
import { lines, millrace, project, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

describe('of two stages that are one computation each stands in the metrics', () => {
  const stages = (second: string) => `stages:
  rows: { source: d.jsonl }
  a: { generate: rows, prompt: '{{x}}', into: a, matrix: { model: { m1: test/echo, m2: test/echo } } }
  s: { evaluate: a, prediction: a, reference: x, metrics: { em: exactMatch } }
  t: { evaluate: a, prediction: a, reference: x, metrics: { em: ${second} } }
`;
  const folder = project({ 'd.jsonl': '{"x":"a"}\n{"x":"b"}\n', 'pipeline.yaml': stages('exactMatch') });
  const named = ['s[m1]', 's[m2]', 't[m1]', 't[m2]'].map((name) => `em (${name}.summary)`);
  const metricsIn = (out: string) =>
    lines(out)
      .flatMap((line) => /^em .*?\)(?= )/.exec(line)?.[0] ?? [])
      .sort();
  const run = (name: string) => expect(millrace(folder, ['run', '-q', '--name', name]).code).toBe(0);

  test('of check, with and without a baseline, and of what fails there', () => {
    run('one');
    const { out } = millrace(folder, ['check', '--min', 'em=0.5', '--baseline', 'one']);
    expect([metricsIn(out), out.match(/\+0\.000/g)?.length]).toEqual([named, 4]);
    const failed = millrace(folder, ['check', '--min', 'em=1.5', '--json']).out;
    expect(JSON.parse(failed).failures).toEqual(
      expect.arrayContaining(named.map((name) => `${name} is 1.0000, below 1.5`)),
    );
  });

  test('of diff, also where they are two in the next run', () => {
    run('two');
    expect(metricsIn(millrace(folder, ['diff', 'one', 'two']).out)).toEqual(named);
    write(folder, { 'pipeline.yaml': stages('tokenF1') });
    run('three');
    const { metrics, stages: all } = JSON.parse(millrace(folder, ['diff', 'two', 'three', '--json']).out);
    expect(metrics.map(({ before, after }: Record<string, unknown>) => Boolean(before && after))).toEqual(
      named.map(() => true),
    );
    expect(all.filter(({ change }: { change: string }) => change.startsWith('not run'))).toEqual([]);
  });

  test('and of the record of a run, by name', () => {
    const [record] = JSON.parse(millrace(folder, ['runs', '--json']).out).runs.slice(-1);
    expect(record.outcome.stages['s[m1].summary'].also).toEqual(['s[m2].summary', 't[m1].summary', 't[m2].summary']);
  });
});

test('two values of one name in a table of metrics are told apart', () => {
  const folder = project({
    'd.jsonl': '{"metric":"em","value":0.5}\n{"metric":"em","value":0.25}\n{"metric":"em","value":0.125}\n',
    'pipeline.yaml': 'stages:\n  own: { source: d.jsonl }\n',
  });
  millrace(folder, ['run', '-q', '--name', 'one']);
  for (const words of [['check'], ['diff', 'one', 'one']])
    expect(millrace(folder, words).out).toMatch(
      /^em \(own\) +0\.500.*\nem #2 \(own\) +0\.250.*\nem #3 \(own\) +0\.125/m,
    );
});

describe('labels of a matrix', () => {
  const listed = (prompts: string) => {
    const folder = project({
      'd.jsonl': '{"x":"a"}\n',
      'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  a: { generate: rows, model: test/echo, into: a, matrix: { prompt: ${prompts} } }
`,
    });
    const { out, err } = millrace(folder, ['graph', '--json']);
    return (
      err ||
      JSON.parse(out)
        .stages.map(({ name }: { name: string }) => name)
        .slice(1)
    );
  };

  test('that are equal become several, none of which is taken', () => {
    expect(listed('[p, p, p-2, "a,b"]')).toEqual(['a[p]', 'a[p-3]', 'a[p-2]', 'a[4]']);
  });

  test('hold no comma and no bracket, which stand around them in names', () => {
    expect(listed('{ "m1,x": p }')).toMatch(
      /:3:\d+: A value of a matrix cannot be called "m1,x": commas and brackets .* Choose another name\./,
    );
  });
});
