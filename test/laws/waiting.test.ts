import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { answerOf, start } from './children.js';
import { folder } from './files.js';

/** Of two calls the first never answers. */
const program = (timeoutMs: number | undefined) => `
    import { openStore } from '@millrace/arrow-store';
    import * as engine from '@millrace/core';
    import { go, kit, Outside } from './kit.js';
    const outside = new Outside();
    const store = openStore(process.argv[2]);
    const k = kit(engine, outside);
    const it = k.rowStage(k.rows([{ text: 'a' }, { text: 'b' }]), { from: 'text', into: 'x', options: { timeoutMs: ${timeoutMs} } },
      { name: 'waits', nature: 'answered', answer: (text) => {
        if (text !== 'a') return { out: text };
        console.log('asked');
        return new Promise(() => {});
      } });
    const went = await go({ engine, outside, store }, { it });
    console.log(JSON.stringify([went.outcome?.ended ?? went.error?.message, (await went.rows('it')).map((row) => row['x'])]));
    await store.close();
  `;

test('a process lives until a call that never answers is given up, and then goes on', async () => {
  expect(await answerOf(program(50), { args: [folder()] })).toEqual(['failed rows', [null, 'b']]);
});

test('a process does not end, as if all were well, while a call is not answered', async () => {
  const { child, ended, said } = start(program(undefined), { args: [folder()] });
  await said('asked');
  await pause(200);
  child.kill();
  expect(await ended).toBe('SIGTERM');
});
