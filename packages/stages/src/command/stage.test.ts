import { renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryStore, secret } from '@millrace/core';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { command } from './stage.js';
import { examples, type Project, project } from './testing/project.js';

let here: Project;
beforeEach(() => {
  here = project();
});
afterEach(() => here.remove());

const data = rowsSource(examples);

interface Asked {
  readonly program?: readonly string[];
  readonly params?: { readonly epochs?: number; readonly lr?: number };
  readonly rows?: typeof data;
}

const train = ({ program = ['node', 'train.js'], params = {}, rows = data }: Asked = {}, options = {}) =>
  command(
    {
      argv: [
        ...program,
        ...['--data', { input: 'data' as const }, '--out', { output: 'model' as const }],
        ...['--metrics', { output: 'metrics' as const }],
        ['--epochs=', { param: 'epochs' as const }],
        ['--lr=', { param: 'lr' as const }],
      ],
      params: { epochs: 3, lr: 0.5, ...params },
      inputs: { data: rows },
      outputs: {
        model: { folder: true, essential: ['config.json', 'weights.*'], notContent: ['logs/**'] },
        metrics: { json: true },
      },
    },
    { pass: ['SIDE'], ...options },
  );

const asked = () => ({ base: here.base });

describe('command', () => {
  test('a training program runs once, and its folder, metrics and log are outputs', async () => {
    const store = memoryStore();
    const { model, metrics, log } = train();
    const first = await runOn(store, { data, model, metrics, log }, asked());
    expect(first.did).toEqual({ data: 'ran', model: 'ran' });
    expect(first.out.metrics.value).toEqual({ accuracy: 1, samples: 40 });
    expect(first.out.model.files.map((file: { path: string }) => file.path)).toEqual([
      'checkpoint.json',
      'config.json',
      'logs/events',
      'weights.json',
    ]);
    const at = await first.out.log.place(join(here.base, 'logs'));
    expect(here.read(join(at.slice(here.base.length), 'stdout.log'))).toBe('epoch 1\nepoch 2\nepoch 3\n');
    const ran = here.said();
    expect(ran.filter((line) => line === 'end')).toHaveLength(1);
    const again = await runOn(store, { data, ...pick(train()) }, asked());
    expect(again.did).toEqual({ data: 'reused', model: 'reused' });
    expect(here.said()).toEqual(ran);
  });

  test('the same in Python', async () => {
    const { model, metrics } = train({ program: ['python3', 'train.py'] });
    const { did, out } = await runOn(memoryStore(), { model, metrics }, asked());
    expect(did.model).toBe('ran');
    expect(out.metrics.value).toEqual({ accuracy: 1, samples: 40 });
  });

  test('each parameter, the program and the data train again, and nothing else does', async () => {
    const store = memoryStore();
    const did = async (given: Asked = {}, options = {}) =>
      (await runOn(store, { data, ...pick(train(given, options)) }, asked())).did.model;
    expect(await did()).toBe('ran');
    expect(await did({ params: { epochs: 4 } })).toBe('ran');
    expect(await did({ params: { lr: 0.4 } })).toBe('ran');
    expect(await did({ rows: rowsSource(examples.slice(1)) })).toBe('ran');
    expect(await did({ params: { lr: 0.5, epochs: 3 } })).toBe('reused');
    expect(await did({}, { graceMs: 1, checkpoints: ['model/checkpoint.json'] })).toBe('reused');
    expect(await did({ rows: rowsSource(examples.map(({ x, y }) => ({ y, x }))) })).toBe('reused');
    utimesSync(join(here.base, 'train.js'), 1, 1);
    expect(await did()).toBe('reused');
    renameSync(join(here.base, 'train.js'), join(here.base, 'learn.js'));
    expect(await did({ program: ['node', 'learn.js'] })).toBe('reused');
    here.write('learn.js', `${here.read('learn.js')}\n// another\n`);
    expect(await did({ program: ['node', 'learn.js'] })).toBe('ran');
  });

  test('a moved project finds what it knew', async () => {
    const store = memoryStore();
    await runOn(store, pick(train()), asked());
    const other = project();
    try {
      expect((await runOn(store, pick(train()), { base: other.base })).did.model).toBe('reused');
    } finally {
      other.remove();
    }
  });

  test('says what is there when it is reused', async () => {
    const store = memoryStore();
    const outputs = () => pick(train({}, { at: './models/base' }));
    await runOn(store, outputs(), asked());
    const { events } = await runOn(store, outputs(), asked());
    expect(events.find((event) => event.is === 'stage-finished' && event.stage === 'model')).toMatchObject({
      status: 'reused',
      facts: { epochs: 3, lr: 0.5, accuracy: 1, samples: 40, at: './models/base' },
    });
  });

  test('logs beside the content change nothing below', async () => {
    const store = memoryStore();
    const build = () => {
      const { model } = train();
      const size = command({
        argv: [
          'node',
          '-e',
          { text: "require('fs').writeFileSync(process.argv[1], '1')" },
          { output: 'size' },
          { input: 'model' },
        ],
        inputs: { model },
        outputs: { size: { json: true } },
      });
      return { model, size };
    };
    await runOn(store, build(), asked());
    const again = await runOn(store, build(), { ...asked(), force: ['model'] });
    expect(again.did).toMatchObject({ model: 'ran', size: 'reused' });
  });

  test('files that a program uses besides are inputs by name and content', async () => {
    const store = memoryStore();
    here.write('a.txt', 'one');
    const reads = () => ({
      out: command({
        argv: ['sh', '-c', `cat ${here.base}/a.txt > out.json`],
        uses: ['*.txt'],
        outputs: { out: { json: 'out.json' } },
      }),
    });
    here.write('a.txt', '1');
    expect((await runOn(store, reads(), asked())).out.out.value).toBe(1);
    expect((await runOn(store, reads(), asked())).did.out).toBe('reused');
    here.write('a.txt', '2');
    expect((await runOn(store, reads(), asked())).out.out.value).toBe(2);
  });

  test('tables in and out, a shell where one is asked for, and words that hold no surprise', async () => {
    const write = "require('fs').writeFileSync(process.argv[1], JSON.stringify(process.argv[2]))";
    const odd = command({
      argv: [
        'wc -l <',
        { input: 'rows' },
        '>',
        { work: 'n' },
        '; node -e',
        { text: write },
        { output: 'said' },
        { param: 'said' },
      ],
      shell: true,
      params: { said: "it's $HOME; rm -rf ." },
      inputs: { rows: data },
      outputs: { said: { json: true } },
    });
    const copied = command({
      argv: ['cp', { input: 'rows' }, { output: 'rows' }],
      inputs: { rows: data },
      outputs: { rows: { jsonl: true, columns: { x: 'float64', y: 'float64' } } },
    });
    const { out } = await runOn(memoryStore(), { copied, odd }, asked());
    expect(await out.copied.all()).toEqual(examples);
    expect(out.odd.value).toBe("it's $HOME; rm -rf .");
  });

  test('the environment is what was declared, and a secret is seen by nobody', async () => {
    const store = memoryStore();
    process.env.MILLRACE_HIDDEN = 'hidden';
    process.env.MILLRACE_PASSED = 'passed';
    const shows = (options = {}) => ({
      out: command(
        {
          argv: [
            'node',
            '-e',
            {
              text: 'console.log(process.env.KEY); console.error(process.env.KEY); require("fs").writeFileSync("e.json", JSON.stringify(process.env)); process.exit(Number(process.env.CODE))',
            },
          ],
          env: { CODE: 'code' in options ? '3' : '0' },
          outputs: { e: { json: 'e.json' } },
        },
        { pass: ['MILLRACE_PASSED'], secrets: { KEY: secret.value('sk-very-secret', 'KEY') } },
      ).e,
    });
    const { out } = await runOn(store, shows(), asked());
    expect(out.out.value).toMatchObject({ MILLRACE_PASSED: 'passed', KEY: 'sk-very-secret' });
    expect(out.out.value).not.toHaveProperty('MILLRACE_HIDDEN');
    const failed = await runOn(store, shows({ code: 3 }), asked()).catch((error) => String(error));
    expect(failed).toContain('[secret KEY]');
    expect(failed).not.toContain('sk-very-secret');
  });
});

const pick = ({ model, metrics }: ReturnType<typeof train>) => ({ model, metrics });
