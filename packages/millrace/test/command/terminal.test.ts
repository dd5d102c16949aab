import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from '@jest/globals';
import { built, environment, project, removeProjects, write } from './millrace.js';
import { slow } from './questions.js';

afterAll(removeProjects);

const tmux = (...words: string[]): string => {
  const { stdout } = spawnSync('tmux', ['-L', SOCKET, ...words], {
    encoding: 'utf8',
    env: environment({ TERM: 'xterm' }),
  });
  return stdout ?? '';
};

const SOCKET = `millrace-${process.pid}`;
const there = spawnSync('tmux', ['-V']).status === 0;
if (!there) console.log('skipped: tmux is not installed, so what a person sees is not looked at');

afterAll(() => void tmux('kill-server'));

interface Seen {
  readonly whileRunning: string;
  readonly atEnd: string;
}

let sessions = 0;

/** What a person sees in a terminal of that width, on the way and at the end. Calls that are held go on once the line is seen. */
async function watch(folder: string, columns: number, line = /^runs .* of /m): Promise<Seen> {
  const name = `s${++sessions}`;
  tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', '30', '-c', folder, 'sh');
  tmux('send-keys', '-t', name, `clear; ${process.execPath} ${built()} run; echo ended $?`, 'Enter');
  const screen = () => tmux('capture-pane', '-p', '-t', name);
  let whileRunning = '';
  for (;;) {
    const now = screen();
    if (/ended \d/.test(now)) return { whileRunning, atEnd: now };
    if (line.test(now)) {
      whileRunning = now;
      write(folder, { go: '' });
    }
    await new Promise((done) => setTimeout(done, 25));
  }
}

const seen = (text: string): string[] =>
  text.split('\n').filter((line) => line.trim() && !/^[#$] ?|echo ended/.test(line));

(there ? describe : describe.skip)('in a terminal', () => {
  test('at 80 columns: one line for what runs, with rows, rate and time left, that is gone at the end', async () => {
    const line = /^runs +slow +\d+ of 60 +\d[\d.]*\/s/m;
    const { whileRunning, atEnd } = await watch(project(slow(60, 40, 30)), 80, line);
    expect(whileRunning).toMatch(line);
    expect(whileRunning.match(/^runs /gm)).toHaveLength(1);
    expect(atEnd).not.toMatch(/^runs /m);
    expect(seen(atEnd).map((line) => line.replace(/\d+\.\d s/, 'T s'))).toEqual([
      expect.stringMatching(/^ran +rows +60 rows +new +T s$/),
      expect.stringMatching(/^ran +slow +60 rows +new +T s$/),
      'computed 60 rows in T s',
      'ended 0',
    ]);
  });

  test('at 40 columns sentences are broken between words', async () => {
    const files = slow(4, 1);
    const failing = (files['pipeline.ts'] as string).replace(
      'appendFileSync(',
      "if (i === 1) throw new Error('no'); appendFileSync(",
    );
    const { atEnd } = await watch(project({ 'pipeline.ts': failing }), 40);
    expect(atEnd).toMatch(
      /some rows failed: the others are kept;\n {2}the same command asks the failed ones\n {2}again\n/,
    );
    expect(atEnd).toMatch(/ {9}1 row failed: millrace show\n {11}slow --failed\n/);
  });

  test('at 40 columns nothing is torn', async () => {
    const { whileRunning, atEnd } = await watch(project(slow(60, 40, 30)), 40);
    expect(whileRunning).toMatch(/^runs +slow +\d+ of 60/m);
    expect(seen(atEnd).map((line) => line.replace(/\d+\.\d s/, 'T s'))).toEqual([
      'ran      rows  60 rows  new  T s',
      'ran      slow  60 rows  new  T s',
      'computed 60 rows in T s',
      'ended 0',
    ]);
  });
});
