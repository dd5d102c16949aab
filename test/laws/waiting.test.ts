import { expect, test } from '@jest/globals';
import { answerOf, folder } from './more-kit.js';

test('a process lives until a call that never answers is given up, and then goes on', async () => {
  const program = `
    import { openStore } from '@millrace/arrow-store';
    import * as engine from '@millrace/core';
    import { go, kit, Outside } from './kit.js';
    const outside = new Outside();
    const store = openStore(process.argv[2]);
    const k = kit(engine, outside);
    const stage = (timeoutMs) => k.rowStage(k.rows([{ text: 'a' }, { text: 'b' }]), { from: 'text', into: 'x', options: { timeoutMs } },
      { name: 'waits', nature: 'answered', answer: (text) => (text === 'a' ? new Promise(() => {}) : { out: text }) });
    const went = await go({ engine, outside, store }, { it: stage(50) });
    console.log(JSON.stringify([went.outcome?.ended, (await went.rows('it')).map((row) => row['x'])]));
    await store.close();
  `;
  expect(await answerOf(program, { args: [folder()] })).toEqual(['failed rows', [null, 'b']]);
});
