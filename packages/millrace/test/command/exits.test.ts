import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects } from './millrace.js';

afterAll(removeProjects);

const pipelineOf = (run: string) => `import { map, pipeline, source } from 'millrace';
const rows = source.rows([{ x: 1 }, { x: 2 }], { columns: { x: 'float' } });
export default pipeline({ out: map(rows, { nature: 'answered', run: ${run} }) });
`;

describe('a command that ends before it is done has not succeeded', () => {
  test.each([
    ['with 0', '({ x }) => { if (x === 2) process.exit(0); return { y: x }; }', 1],
    ['with another code', '({ x }) => { if (x === 2) process.exit(7); return { y: x }; }', 7],
  ])('where a function ends the process %s', (_, run, code) => {
    const folder = project({ 'pipeline.ts': pipelineOf(run) });
    const said = millrace(folder, ['run']);
    expect([said.code, said.err]).toEqual([code, expect.stringContaining('The command ended before it was done')]);
    expect(millrace(folder, ['show', 'out']).code).not.toBe(0);
  });
});
