import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { begin, lines, millrace, project, read, removeProjects, write } from './millrace.js';
import { slow } from './questions.js';

afterAll(removeProjects);

/** A function that never gives the thread back; it says that it began by the file that it writes. */
const stuck = {
  'pipeline.ts': `import { map, rowsSource, pipeline } from 'millrace';
import { writeFileSync } from 'node:fs';
const run = ({ i }) => { writeFileSync('begun', ''); for (;;); };
export default pipeline({ it: map(rowsSource([{ i: 1 }]), { run, version: 1, nature: 'answered' }) });
`,
};

const pipe = (path: string) => spawnSync('sh', ['-c', `mkfifo '${path}'`]);

const begun = async (folder: string): Promise<void> => {
  const { existsSync } = await import('node:fs');
  while (!existsSync(join(folder, 'begun'))) await new Promise((done) => setTimeout(done, 10));
};

/** Apart from each other, so that they are two requests. */
const apart = (): Promise<void> => new Promise((done) => setTimeout(done, 500));

/** On a machine so busy that two requests came as one, or one before anybody listened, a person asks again. */
const AGAIN_MS = 20_000;

describe('a run that no longer hears', () => {
  test.each([
    ['run', ['SIGINT', 'SIGINT']],
    ['watch', ['SIGINT', 'SIGINT']],
    ['run', ['SIGTERM']],
    ['run', ['SIGHUP']],
  ] as const)('%s is ended by %j', async (command, signals) => {
    const folder = project(stuck);
    const going = begin(folder, [command]);
    await begun(folder);
    for (const [i, signal] of signals.entries()) {
      if (i > 0) await apart();
      going.signal(signal);
    }
    const again = setInterval(() => going.signal(signals[0]), AGAIN_MS);
    expect((await going.end).code).toBe(128 + constants.signals.SIGKILL);
    clearInterval(again);
    expect(millrace(folder, ['ls']).code).toBe(0);
  });

  test.each([
    [['run'], 'pipeline.ts'],
    [['watch'], 'pipeline.ts'],
    [['run', '--no-cache'], 'pipeline.yaml'],
    [['watch'], 'pipeline.yaml'],
  ])('%j is ended by one SIGINT while %s loads code that never ends', async (command, file) => {
    const code =
      "import { writeFileSync } from 'node:fs';\nwriteFileSync('begun', '');\nfor (;;);\nexport const f = () => ({});\n";
    const folder = project(
      file === 'pipeline.ts'
        ? { 'pipeline.ts': code }
        : {
            'text.ts': code,
            'pipeline.yaml': 'stages:\n  q: { rows: [{ i: 1 }] }\n  m: { map: q, with: ./text.ts#f }\n',
          },
    );
    const going = begin(folder, command);
    await begun(folder);
    going.signal('SIGINT');
    expect((await going.end).code).toBe(128 + constants.signals.SIGINT);
  });

  test('a call that waits for a pipe does not hold the second request', async () => {
    const folder = project({
      'pipeline.ts': `import { map, rowsSource, pipeline } from 'millrace';
import { readFile, writeFile } from 'node:fs/promises';
const run = async () => { await writeFile('begun', ''); await readFile('pipe'); return {}; };
export default pipeline({ it: map(rowsSource([{ i: 1 }]), { run, version: 1, nature: 'answered' }) });
`,
    });
    pipe(join(folder, 'pipe'));
    const going = begin(folder, ['run']);
    await begun(folder);
    going.signal('SIGINT');
    await going.until('stopping');
    going.signal('SIGINT');
    expect((await going.end).code).not.toBe(0);
  });
});

describe('a source that is no file', () => {
  test.each(['jsonl', 'csv', 'txt', 'json', 'parquet', 'arrow'])('a pipe named .%s is refused at once', (ending) => {
    const folder = project({ 'pipeline.yaml': `stages:\n  q: { source: data.${ending} }\n` });
    pipe(join(folder, `data.${ending}`));
    const { code, err } = millrace(folder, ['run']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/data\.\w+: it is a pipe, not a file\. .*write it to a file/),
    ]);
  });

  test('a device is refused too, also behind a link', () => {
    const folder = project({ 'pipeline.yaml': 'stages:\n  q: { source: data.jsonl }\n' });
    spawnSync('ln', ['-s', '/dev/zero', join(folder, 'data.jsonl')]);
    expect(millrace(folder, ['run']).err).toMatch(/is a device or socket, not a file|leads out|lies outside/);
  });
});

test('one Ctrl-C that comes twice is one: what is in flight is kept', async () => {
  const folder = project(slow(40, 1, 4));
  const going = begin(folder, ['run']);
  const calls = () => spawnSync('cat', [join(folder, 'calls.log')], { encoding: 'utf8' }).stdout;
  while (lines(calls()).length < 4 + 2) await new Promise((done) => setTimeout(done, 10));
  // Stopped meanwhile, it hears them all at once, however long it takes to send them.
  for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGCONT'] as const) going.signal(signal);
  await going.until('stopping');
  write(folder, { go: '' });
  const { code, out } = await going.end;
  expect([code, out]).toEqual([130, expect.stringMatching(/^interrupted: what was answered is kept/m)]);
  expect(millrace(folder, ['run']).code).toBe(0);
  expect(new Set(lines(read(folder, 'calls.log'))).size).toBe(lines(read(folder, 'calls.log')).length);
});
