import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { project, removeProjects, statuses, write } from './millrace.js';
import { asking, beside, type Provider, provider } from './provider.js';
import { jsonl } from './questions.js';

afterAll(removeProjects);

let server: Provider;
beforeEach(async () => {
  server = await provider();
});
afterEach(() => server.close());

const calls = () => server.seen.length;

describe('rows that fail for good', () => {
  test('are bought again by --retry-failed only, and the last line says so', async () => {
    const folder = project(asking(server));
    server.refuse('2 + 1');
    const first = await beside(folder, 'run');
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/^ +1 row failed: millrace show answers --failed$/m);
    expect(first.out).toMatch(
      /the failed ones did so for good: only millrace run --retry-failed asks them again, millrace accept answers --failed goes on without them/,
    );
    expect(calls()).toBe(4);
    server.refuse(undefined);
    expect(await beside(folder, 'run')).toMatchObject({ code: 1 });
    expect(calls()).toBe(4);
    const retried = await beside(folder, 'run', '--retry-failed');
    expect([retried.code, calls()]).toEqual([0, 5]);
    expect(retried.out).toMatch(/^ran +answers +1 of 4 rows/m);
  });

  test('of a passing kind are asked again by the same command, which is what the last line says', async () => {
    const folder = project(asking(server));
    server.refuse('2 + 1', 500);
    const first = await beside(folder, 'run');
    expect([first.code, first.out.trimEnd().split('\n').at(-1)]).toEqual([
      1,
      'some rows failed: the others are kept; the same command asks the failed ones again',
    ]);
    server.refuse(undefined);
    expect(await beside(folder, 'run')).toMatchObject({ code: 0 });
    expect(calls()).toBe(5);
  });
});

describe('accept --failed', () => {
  test('counts failed rows as answered with nothing, with no call; what is below goes on', async () => {
    const folder = project(asking(server));
    server.refuse('2 + 1');
    await beside(folder, 'run');
    const said = await beside(folder, 'accept', 'answers', '--failed');
    expect(said).toMatchObject({ code: 0, out: expect.stringMatching(/^answers: 1 failed row accepted/) });
    const { code, out } = await beside(folder, 'run');
    expect(code).toBe(0);
    expect(statuses(out)).toEqual(['reused sums', 'reused answers', 'ran long']);
    expect(out).toMatch(/^reused +answers +4 rows +accepted 1 failed$/m);
    expect(out).toMatch(/^ran +long +1 of 4 rows/m);
    expect(calls()).toBe(4);
    const shown = await beside(folder, 'show', 'answers', '--failed');
    expect(shown.out).toMatch(/^row 1: .*content policy.* \(accepted: counts as answered with nothing\)$/m);
    expect((await beside(folder, 'show', 'long', '--columns', 'long')).out).toMatch(/^1 +-1$/m);
  });

  test('holds under later edits: more rows, another column name', async () => {
    const folder = project(asking(server));
    server.refuse('2 + 1', 500);
    await beside(folder, 'run');
    await beside(folder, 'accept', 'answers', '--failed');
    const rows = [1, 2, 3, 4, 5].map((n) => ({ id: n, sum: `${n} + 1` }));
    write(folder, { 'data/sums.jsonl': jsonl(rows) });
    const more = await beside(folder, 'run');
    expect([more.code, calls()]).toEqual([0, 5]);
    expect(more.out).toMatch(/^ran +answers +1 of 5 rows .*accepted 1 failed/m);
    server.refuse(undefined);
    expect(await beside(folder, 'run', '--force', 'answers')).toMatchObject({ code: 0 });
    expect(calls()).toBe(10);
    expect((await beside(folder, 'run')).out).not.toMatch(/accepted/);
  });

  test('--undo takes it back: they failed, and are asked as failed rows are', async () => {
    const folder = project(asking(server));
    server.refuse('2 + 1', 500);
    await beside(folder, 'run');
    await beside(folder, 'accept', 'answers', '--failed');
    expect(await beside(folder, 'plan')).toMatchObject({ out: expect.stringMatching(/^reused +answers/m) });
    expect(await beside(folder, 'accept', 'answers', '--failed', '--undo')).toMatchObject({ code: 0 });
    expect(await beside(folder, 'plan')).toMatchObject({
      code: 4,
      out: expect.stringMatching(/^will run +answers .*1 row failed before/m),
    });
    server.refuse(undefined);
    expect(await beside(folder, 'run')).toMatchObject({ code: 0 });
    expect(calls()).toBe(5);
  });

  test('where nothing failed, or elsewhere, it says so', async () => {
    const folder = project(asking(server));
    expect((await beside(folder, 'accept', 'answers', '--failed')).err).toMatch(
      /Nothing is stored of answers .* Run it: millrace run answers\./,
    );
    server.refuse('2 + 1');
    await beside(folder, 'run');
    expect((await beside(folder, 'accept', 'long', '--failed')).err).toMatch(
      /No row of long failed by itself: 1 failed above it/,
    );
    expect((await beside(folder, 'accept', 'sums', '--failed')).err).toMatch(/sums is no stage of rows/);
    expect((await beside(folder, 'accept', 'answers', '--failed', '--undo')).err).toMatch(/nothing to take back/);
    await beside(folder, 'accept', 'answers', '--failed');
    expect(await beside(folder, 'accept', 'answers', '--failed')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/nothing to accept: no row of answers failed/),
    });
  });
});
