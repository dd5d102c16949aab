import { openStore } from '@millrace/arrow-store';
import { type CodeReader, createPipeline } from '@millrace/core';
import { command } from '../stage.js';

/** A program that ended well, and a run that says so and stands still while it takes its output over: to be killed. */
const [base = '', root = '', text = ''] = process.argv.slice(2);
process.env.SIDE = `${base}/side`;

const { out } = command({ argv: ['node', '-e', { text }], outputs: { out: 'folder' } }, { pass: ['SIDE'] });
const store = openStore(root);
const standing = {
  ...store,
  putFile: () => {
    console.log('taking over');
    return new Promise<never>(() => setInterval(() => undefined, 1000));
  },
};
const code: CodeReader = { read: () => ({ refused: { why: 'not found', detail: '' } }) };
await createPipeline({ out }, () => ({ store: standing, code, base })).run({});
