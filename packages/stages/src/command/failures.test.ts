import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { createPipeline, memoryStore, type Store } from '@millrace/core';
import { runOn } from '../testing/run.js';
import type { OutputSpecs } from './config.js';
import { endRest, markedByPs } from './process.js';
import type { CommandOptions } from './run.js';
import { command } from './stage.js';
import { type Project, project } from './testing/project.js';

let here: Project;
beforeEach(() => {
  here = project();
});
afterEach(() => here.remove());

/** A program of Node in one word. */
const node = (text: string, outputs: OutputSpecs = { out: 'folder' }, options: CommandOptions = {}) =>
  command({ argv: ['node', '-e', { text }], outputs }, { pass: ['SIDE'], ...options }) as never;

const saidBy = (store: Store, out: never) => runOn(store, { out }, { base: here.base }).then(() => 'done', String);

const writes = (path: string, text = '1') =>
  `require('fs').writeFileSync(${JSON.stringify(path)}, ${JSON.stringify(text)});`;
const say = (text: string) => `require('fs').appendFileSync(process.env.SIDE, ${JSON.stringify(`${text}\n`)});`;

describe('a program that fails', () => {
  test('is told with its exit code and last lines, its log stays, and nothing of it counts', async () => {
    const store = memoryStore();
    const failing = `${writes('out/half')} for (let i = 0; i < 30; i++) console.error('line ' + i); process.exit(3)`;
    const said = await saidBy(store, node(failing));
    expect(said).toContain('ended with exit code 3');
    expect(said).toContain('line 29\n');
    expect(said).not.toContain('line 9\n');
    const log = /The whole log is in (\S+);/.exec(said)?.[1] as string;
    expect(readdirSync(log)).toEqual(['stderr.log', 'stdout.log']);
    expect([...store.entries()]).toEqual([]);
  });

  test('is started again as often as retries says', async () => {
    const third = `${say('try')} if (require('fs').readFileSync(process.env.SIDE, 'utf8').split('\\n').length < 4) process.exit(1); ${writes('out/whole')}`;
    expect(await saidBy(memoryStore(), node(third, { out: 'folder' }, { retries: 1 }))).toContain('exit code 1');
    expect(here.said()).toHaveLength(2);
    expect(await saidBy(memoryStore(), node(third, { out: 'folder' }, { retries: 1 }))).toBe('done');
    expect(here.said()).toHaveLength(3);
  });

  test('is told apart: killed, not there, no output, no JSON, not all files', async () => {
    const store = memoryStore();
    expect(await saidBy(store, node('process.kill(process.pid, 9)'))).toContain('was killed by SIGKILL');
    const absent = command({ argv: ['no-such-program'], outputs: { out: 'folder' } }) as never;
    expect(await saidBy(store, absent)).toMatch(/no-such-program cannot be started: .*Install it/);
    expect(await saidBy(store, node('', { out: { json: true } }))).toContain('left no out at out.json');
    expect(await saidBy(store, node(writes('out.json', '{"a":'), { out: { json: true } }))).toContain('is no JSON');
    expect(await saidBy(store, node(writes('out.jsonl', '{"a":1}\n{"a'), { out: { jsonl: true } }))).toContain(
      'out.jsonl:2',
    );
    const essential = { folder: true, essential: ['config.json', 'weights.*'] } as const;
    expect(await saidBy(store, node(writes('out/weights.bin'), { out: essential }))).toContain('config.json missing');
    expect([...store.entries()]).toEqual([]);
  });

  test('one that takes too long is ended, with all that it started', async () => {
    const sleeper = `${say('up')} require('child_process').spawn('sleep', ['300'], {detached: true}); setInterval(() => {}, 1000);`;
    let said = '';
    // As long as it takes to start a program here.
    for (let timeoutMs = 1000; here.said().length === 0; timeoutMs *= 2)
      said = await saidBy(memoryStore(), node(sleeper, { out: 'folder' }, { timeoutMs, graceMs: 100 }));
    expect(said).toContain('took longer than timeoutMs');
    const work = /The whole log is in (\S+)\/log;/.exec(said)?.[1] as string;
    expect(await endRest(work)).toBe(0);
    expect(here.said()).toEqual(['up']);
  });

  test('one whose files are links out of its folder is refused', async () => {
    const said = await saidBy(memoryStore(), node("require('fs').symlinkSync('/etc/hostname', 'out/passwd')"));
    expect(said).toMatch(/The link passwd leads out of the folder/);
  });

  test('links to folders or to nothing, and what is no file at all, are told and not kept', async () => {
    const odd = `const fs = require('fs'); fs.mkdirSync('out/step-1'); fs.writeFileSync('out/step-1/w', '1'); fs.symlinkSync('step-1', 'out/latest');
      fs.symlinkSync('w', 'out/step-1/best'); fs.symlinkSync('gone', 'out/old'); require('child_process').execFileSync('mkfifo', ['out/pipe']);`;
    const { out, events } = await runOn(memoryStore(), { out: node(odd) }, { base: here.base });
    expect(out.out.files.map(({ path }: { path: string }) => path)).toEqual(['step-1/best', 'step-1/w']);
    const said = events.flatMap((event) => (event.is === 'notice' ? [event.text] : [])).join();
    for (const each of ['latest (a link to a folder)', 'old (a link to nothing)', 'pipe (no file)'])
      expect(said).toContain(each);
  });

  test('a program file that is edited while it runs makes nothing that counts', async () => {
    const store = memoryStore();
    here.write(
      'p.js',
      `import fs from 'node:fs'; fs.appendFileSync(process.argv[1], '// edited'); fs.writeFileSync('out/a', '1');`,
    );
    const out = () => command({ argv: ['node', 'p.js'], outputs: { out: 'folder' } }) as never;
    expect(await saidBy(store, out())).toContain('p.js changed while the program ran');
    expect([...store.entries()]).toEqual([]);
  });
});

describe('a folder that a program is given', () => {
  const base = () =>
    command(
      {
        argv: ['node', '-e', { text: `${writes('out/a', 'of the stage')} ${say('made')}` }],
        outputs: { out: 'folder' },
      },
      { pass: ['SIDE'] },
    ).out;
  const given = (text: string, model: ReturnType<typeof base>) =>
    command({
      argv: ['node', '-e', { text }, { input: 'model' }, { output: 'seen' }],
      inputs: { model },
      outputs: { seen: { json: true } },
    }).seen;
  const list =
    "const fs = require('fs'); const [, dir, seen] = process.argv; fs.writeFileSync(seen, JSON.stringify(fs.readdirSync(dir)));";

  test('is its own: what it adds or takes away there is seen by no other', async () => {
    const model = base();
    const messy = given(`${list} fs.writeFileSync(dir + '/cache', ''); fs.rmSync(dir + '/a');`, model);
    const { out } = await runOn(
      memoryStore(),
      { messy, tidy: given(list, model), again: given(`${list};`, model) },
      { base: here.base },
    );
    expect([out.messy.value, out.tidy.value, out.again.value]).toEqual([['a'], ['a'], ['a']]);
  });

  test('is refused when it wrote into its files, and what it broke is made again', async () => {
    const root = join(here.base, 'store');
    const open = async <T>(act: (store: Store) => Promise<T>): Promise<T> => {
      const store = openStore(root);
      return act(store).finally(() => store.close());
    };
    const spoils = () =>
      given(`${list} fs.chmodSync(dir + '/a', 0o644); fs.writeFileSync(dir + '/a', 'of the program')`, base());
    expect(await open((store) => saidBy(store, spoils() as never))).toMatch(
      /node wrote into its input model: a\. .*Nothing of it counts/,
    );
    const reads = () =>
      given(
        "const fs = require('fs'); const [, dir, seen] = process.argv; fs.writeFileSync(seen, JSON.stringify(fs.readFileSync(dir + '/a', 'utf8')));",
        base(),
      );
    const { out } = await open((store) => runOn(store, { out: reads() }, { base: here.base }));
    expect(out.out.value).toBe('of the stage');
    expect(here.said()).toEqual(['made', 'made']);
  });
});

/** A program whose run was killed. */
function orphan() {
  const work = join(here.base, 'work');
  const child = spawn('sleep', ['300'], { env: { ...process.env, MILLRACE_WORK: work }, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  return { work, ended, pid: child.pid as number };
}

test('what an earlier attempt left alive is found without /proc, too', async () => {
  if (spawnSync('ps', ['-A']).error) return console.warn('skipped: there is no ps on this machine');
  const { work, ended, pid } = orphan();
  expect([markedByPs(work), markedByPs(`${work}-other`)]).toEqual([[pid], []]);
  process.kill(pid, 'SIGKILL');
  await ended;
  expect(markedByPs(work)).toEqual([]);
});

describe('a run that is stopped', () => {
  test('asks the program to end, takes nothing of it, and the next attempt goes on from its checkpoints only', async () => {
    const store = memoryStore();
    const program = `
      const fs = require('fs');
      const going = fs.existsSync('out/checkpoint');
      const drafted = fs.existsSync('out/draft');
      fs.writeFileSync('out/draft', '');
      process.on('SIGTERM', () => { fs.writeFileSync('out/checkpoint', ''); process.exit(1); });
      if (!going) setInterval(() => {}, 1000);
      fs.appendFileSync(process.env.SIDE, (going ? 'goes on' : 'begins') + ' ' + drafted + '\\n');`;
    const out = () => node(program, { out: 'folder' }, { checkpoints: ['out/checkpoint'] });
    const events = createPipeline({ out: out() }, () => ({
      store,
      code: { read: () => ({ refused: { why: 'not found', detail: '' } }) },
      base: here.base,
    })).events();
    const running = events.subscribe();
    while (here.said().length === 0) await sleep(5);
    running.unsubscribe();
    while (store.runs()[0]?.open) await sleep(5);
    expect([...store.entries()]).toEqual([]);
    expect(await saidBy(store, out())).toBe('done');
    expect(here.said()).toEqual(['begins false', 'goes on false']);
  });

  test('what an earlier run left running is ended before the next begins', async () => {
    const store = memoryStore();
    const left = `${say('left')} require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], {detached: true, stdio: 'ignore'}).unref(); process.exit(1)`;
    expect(await saidBy(store, node(left))).toContain('exit code 1');
    const { work, ended } = orphan();
    expect(await endRest(work)).toBe(1);
    expect(await ended).toBe('SIGKILL');
    expect(existsSync(work)).toBe(false);
  });

  test('… also by a run that stands still for long between two looks', async () => {
    const { work, ended } = orphan();
    let now = 0;
    const clocks = [jest.spyOn(Date, 'now'), jest.spyOn(performance, 'now')];
    for (const clock of clocks) clock.mockImplementation(() => (now += 10_000));
    expect(await endRest(work).catch(String)).toBe(1);
    for (const clock of clocks) clock.mockRestore();
    expect(await ended).toBe('SIGKILL');
  });
});

describe('a command that is not well declared', () => {
  const refused = (config: object) => () => command(config as never);
  test.each([
    [{ argv: 'python train.py', outputs: { a: 'folder' } }, 'argv is one string'],
    [{ argv: ['p'], outputs: {} }, 'it has no output'],
    [
      { argv: ['p', { param: 'epohcs' }], params: { epochs: 1 }, outputs: { a: 'folder' } },
      'the param epohcs, which is not declared',
    ],
    [{ argv: ['p'], params: { epochs: 1 }, outputs: { a: 'folder' } }, 'the program never gets epochs'],
    [{ argv: ['p', { output: 'b' }], outputs: { a: 'folder' } }, 'the output b, which is not declared'],
    [{ argv: ['p'], outputs: { a: { folder: '../x' } } }, 'leads out of the work folder'],
    [{ argv: ['p'], outputs: { a: { folder: '/x' } } }, 'is no path within the work folder'],
    [{ argv: ['p'], outputs: { a: { json: 'x' }, b: { folder: 'x' } } }, 'are at one path'],
    [{ argv: ['p', { work: '../../x' }], outputs: { a: 'folder' } }, 'leads out of the work folder'],
    [{ argv: ['p'], outputs: { log: 'folder' } }, 'an output is named log'],
  ])('%j', (config, what) => {
    expect(refused(config)).toThrow(what);
  });

  test('a folder among its words is asked about', async () => {
    const out = command({ argv: ['ls', './'], outputs: { out: 'folder' } }) as never;
    expect(await saidBy(memoryStore(), out)).toContain('The word ./ names a folder');
  });
});
