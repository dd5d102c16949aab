import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lines, millrace, project, removeProjects } from './millrace.js';

afterAll(removeProjects);

/** A record that is read although nothing of it is shown would be noticed: it is damaged. */
describe('with many runs only those are read that are shown', () => {
  const folder = project({
    'data.jsonl': '{"a": 1}\n',
    'pipeline.yaml': 'stages:\n  rows: { source: data.jsonl }\n',
  });
  const runsFolder = join(folder, '.millrace/runs');
  const record = (id: number) => join(runsFolder, `${String(id).padStart(12, '0')}.json`);

  beforeAll(() => {
    for (let run = 0; run < 3; run++) millrace(folder, ['run', '--name', `early-${run}`]);
    for (let run = 0; run < 5; run++) millrace(folder, ['run', '--name', `late-${run}`]);
    for (const id of [1, 2, 3]) {
      writeFileSync(record(id), 'damaged');
      writeFileSync(record(id).replace('.json', '.outcome.json'), 'damaged');
    }
  });

  /** What is read and damaged is set aside. */
  const untouched = () =>
    [1, 2, 3].every((id) => readdirSync(runsFolder).includes(`${String(id).padStart(12, '0')}.json`));

  test.each<[string, readonly string[]]>([
    ['runs', ['runs', '--limit', '5']],
    ['diff of the last two', ['diff']],
    ['diff by number', ['diff', '5', '00007']],
    ['diff by age', ['diff', 'last-4', 'last']],
    ['run', ['run']],
  ])('%s', (_, words) => {
    const { code, err } = millrace(folder, words);
    expect([code, err, untouched()]).toEqual([0, '', true]);
  });

  test('a name that stands for a run already is refused', () => {
    for (const name of ['last', 'last-2', '7'])
      expect(millrace(folder, ['run', '--name', name])).toMatchObject({
        code: 2,
        err: expect.stringMatching(/A run cannot be called .* Choose another --name/),
      });
  });

  test('by name the newest of that name is found, also behind many', () => {
    const { code, out } = millrace(folder, ['diff', 'late-0', 'late-4']);
    expect([code, lines(out)[0]]).toEqual([0, 'run 4 → run 8']);
    expect(millrace(folder, ['diff', 'late-9']).err).toMatch(/There is no run late-9 .* Did you mean late-/);
  });
});
