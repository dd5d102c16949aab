import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { begin, lines, millrace, project, read, removeProjects, write } from './millrace.js';
import { slow } from './questions.js';

afterAll(removeProjects);

const calls = (folder: string): string[] =>
  existsSync(join(folder, 'calls.log')) ? lines(read(folder, 'calls.log')) : [];

const untilCalls = async (folder: string, count: number): Promise<void> => {
  while (calls(folder).length < count) await new Promise((done) => setTimeout(done, 10));
};

describe('asked to stop', () => {
  test('once: finishes what is in flight, keeps it, exits with 130; the same command resumes', async () => {
    const folder = project(slow(40, 1, 4));
    const going = begin(folder, ['run']);
    await untilCalls(folder, 4 + 2);
    going.signal('SIGINT');
    await going.until('stopping');
    write(folder, { go: '' });
    const { code, out, err } = await going.end;
    expect(code).toBe(130);
    expect(err).toMatch(/^stopping: finishing what is in flight in slow; once more to stop at once$/m);
    expect(out).toMatch(/resume with the same command/);
    expect(calls(folder)).toHaveLength(4 + 2);
    const again = millrace(folder, ['run']);
    expect(again.code).toBe(0);
    expect(calls(folder)).toHaveLength(40);
    expect(new Set(calls(folder)).size).toBe(40);
  });

  test('twice: stops at once; only calls in flight are repeated', async () => {
    const folder = project(slow(12, 1, 2));
    const going = begin(folder, ['run']);
    await untilCalls(folder, 2 + 2);
    going.signal('SIGINT');
    await going.until('stopping');
    going.signal('SIGINT');
    const { code, out } = await going.end;
    expect(code).toBe(130);
    expect(out).toMatch(/stopped at once|resume with the same command/);
    write(folder, { go: '' });
    expect(millrace(folder, ['run']).code).toBe(0);
    expect(calls(folder).length).toBeLessThanOrEqual(12 + 2);
  });

  test('while a watched run goes on: it finishes what is in flight, and watches no more', async () => {
    const folder = project(slow(40, 1, 4));
    const going = begin(folder, ['watch']);
    await untilCalls(folder, 4 + 2);
    going.signal('SIGINT');
    await going.until('stopping');
    write(folder, { go: '' });
    const { code, out, err } = await going.end;
    expect([code, out]).toEqual([0, expect.stringMatching(/resume with the same command/)]);
    expect(err).toMatch(/finishing what is in flight in slow/);
    expect(calls(folder)).toHaveLength(4 + 2);
  });

  test('twice, while a watched run waits for a call that never answers', async () => {
    const folder = project({
      'pipeline.ts': `import { map, rowsSource, pipeline } from 'millrace';
import { appendFileSync } from 'node:fs';
const run = async ({ i }) => {
  appendFileSync('calls.log', i + '\\n');
  await new Promise((done) => setTimeout(done, 2 ** 30));
  return {};
};
export default pipeline({ it: map(rowsSource([{ i: 1 }]), { run, version: 1 }) });
`,
    });
    const going = begin(folder, ['watch']);
    await untilCalls(folder, 1);
    going.signal('SIGINT');
    await going.until('stopping');
    going.signal('SIGINT');
    expect((await going.end).code).toBe(130);
  });

  test('a reader that went away ends the output quietly', async () => {
    const folder = project(slow(3, 1));
    const { spawnSync } = await import('node:child_process');
    const { built, environment } = await import('./millrace.js');
    const { stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${built()}" run --json | head -n 1`], {
      cwd: folder,
      env: environment(),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });
});
