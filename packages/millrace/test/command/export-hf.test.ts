import { afterAll, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects } from './millrace.js';

afterAll(removeProjects);

test('a data set has the split of its part, its tensors keep their shape, and source.hf reads it', () => {
  const folder = project({
    'pipeline.ts': `import { pipeline, source, split } from 'millrace';
const rows = source.generator({ columns: { id: 'int', logits: { tensor: 'float32', shape: [2, 3] } }, *run() { for (let i = 0; i < 12; i++) yield { id: i, logits: new Float32Array(6).map((_, k) => i + k) }; } });
const { train, test } = split(rows, { parts: { train: 0.75, test: 0.25 }, by: 'id' });
export default pipeline({ rows, train, test });
`,
    'back.ts': `import { pipeline, source } from 'millrace';
export default pipeline({ back: source.hf('test-set', { into: 'split' }), one: source.hf('test-set', { split: 'test' }) });
`,
    'plain.ts': `import { pipeline, source } from 'millrace';
export default pipeline({ plain: source.parquet('test-set/data/test-00000-of-00001.parquet') });
`,
  });
  const lines = (...words: string[]) => millrace(folder, ['export', ...words, '--as', 'jsonl', '--to', '-']).out;
  expect(millrace(folder, ['run']).code).toBe(0);
  expect(millrace(folder, ['export', 'test', '--as', 'hf', '--to', 'test-set']).code).toBe(0);
  expect(read(folder, 'test-set/README.md')).toContain('- split: "test"');
  expect(millrace(folder, ['run', '-f', 'back.ts'])).toMatchObject({ code: 0 });
  expect(lines('one', '-f', 'back.ts')).toBe(lines('test'));
  expect(lines('back', '-f', 'back.ts')).toContain('"split":"test"');
  const shape = /^ +logits +(.*)$/m;
  const shown = (...words: string[]) => shape.exec(millrace(folder, ['show', ...words]).out)?.[1];
  expect(shown('one', '-f', 'back.ts')).toBe(shown('test'));
  millrace(folder, ['run', '-f', 'plain.ts']);
  expect(JSON.parse(lines('plain', '-f', 'plain.ts').split('\n')[0] as string).logits).toHaveLength(2);
});
