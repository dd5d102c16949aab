import { openStore } from '@millrace/arrow-store';
import { type CodeReader, createPipeline } from '@millrace/core';
import { download } from '../download.js';

/** A download in a process of its own, to be killed. */
const [root = '', endpoint = '', commit = ''] = process.argv.slice(2);
const store = openStore(root);
const code: CodeReader = { read: () => ({ refused: { why: 'not found', detail: '' } }) };
const model = download.model('org/big', { revision: commit }, { endpoint, retries: 5, at: `${root}-at` });
try {
  await createPipeline({ model }, () => ({ store, code, base: root })).run({
    onEvent: (event) => event.is === 'stage-finished' && console.log(event.status),
  });
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
}
await store.close();
