import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { campaign, startFile } from '../testing/start.js';
import { type Project, project } from './testing/project.js';

const child = fileURLToPath(new URL('./testing/child.ts', import.meta.url));

let here: Project;
beforeEach(() => {
  here = project();
});
afterEach(() => here.remove());

const root = () => join(here.base, 'store');

/** Complete outputs that the store knows. */
const known = async (): Promise<number> => {
  if (!existsSync(root())) return 0;
  const store = openStore(root());
  const found = [...store.entries()].filter((entry) => 'model' in entry.parts).length;
  await store.close();
  return found;
};

/** Epochs of each start, by the program's own word. */
const attempts = () => {
  const all: { readonly from: number; readonly epochs: number[] }[] = [];
  for (const line of here.said()) {
    const [what, number] = line.split(' ');
    if (what === 'start') all.push({ from: Number(number), epochs: [] });
    if (what === 'epoch') all.at(-1)?.epochs.push(Number(number));
  }
  return all;
};

const trainings: readonly (readonly [string, string, number])[] = [
  ['node', 'train.js', campaign(5)],
  ['python3', 'train.py', campaign(1)],
];

describe('kill -9 of a run while a program trains', () => {
  test.each(trainings)(
    '%s: a half-finished folder never counts, and what was learnt is not learnt again',
    async (program, script, kills) => {
      const epochs = 10 + kills * 6;
      for (let kill = 0; kill < kills; kill++) {
        const { child: run, ended } = startFile(child, [here.base, root(), program, script, epochs]);
        const before = here.said().length;
        while (here.said().length === before && run.exitCode === null) await sleep(5);
        await sleep((kill * 37) % 97);
        run.kill('SIGKILL');
        const how = await ended;
        if (how === 0) break;
        expect(how).toBe('SIGKILL');
        const finished = here.said().includes('end');
        if (!finished) expect(await known()).toBe(0);
      }
      const last = startFile(child, [here.base, root(), program, script, epochs]);
      expect([await last.ended, last.output()]).toEqual([0, expect.stringMatching(/^(ran|reused)\n/m)]);
      expect(await known()).toBe(1);
      const made = attempts();
      for (const { from, epochs } of made) expect(epochs).toEqual(epochs.map((_, i) => from + i + 1));
      const learnt = made.flatMap(({ epochs }) => epochs);
      expect(new Set(learnt).size).toBe(epochs);
      expect(learnt.length).toBeLessThanOrEqual(epochs + kills);
      expect(JSON.parse(readFileSync(join(here.base, 'models/base/config.json'), 'utf8'))).toMatchObject({
        epochs,
      });
    },
  );
});

describe('kill -9 of a run whose program takes its time to end', () => {
  test('leaves it that time, also when the next run begins meanwhile, and it goes on from what was saved', async () => {
    const program = `
      import fs from 'node:fs';
      const [out, saved] = [process.argv[5], process.argv[5] + '/checkpoint.json'];
      const say = (text) => fs.appendFileSync(process.env.SIDE, text + '\\n');
      if (fs.existsSync(saved)) {
        say('goes on');
        for (const [name, text] of [['weights.json', '1'], ['config.json', '1']]) fs.writeFileSync(out + '/' + name, text);
        fs.writeFileSync(process.argv[7], '1');
        process.exit(0);
      }
      process.on('SIGTERM', () => setTimeout(() => { fs.writeFileSync(saved, '1'); say('saved'); process.exit(1); }, 2300));
      say('begins');
      setInterval(() => {}, 1000);`;
    here.write('slow.js', program);
    const start = () => startFile(child, [here.base, root(), 'node', 'slow.js', 1, 60_000]);
    const { child: run, ended } = start();
    while (here.said().length === 0) await sleep(5);
    run.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const next = start();
    expect([await next.ended, next.output()]).toEqual([0, 'reused\nran\n']);
    expect(here.said()).toEqual(['begins', 'saved', 'goes on']);
  });
});
