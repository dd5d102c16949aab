import { openStore } from '@millrace/arrow-store';
import { type CodeReader, createPipeline } from '@millrace/core';
import { generate } from '../../generate/generate.js';
import { model } from '../../models/model.js';
import { rowsSource } from '../../source/rows.js';

/** A generation through the batch service in a process of its own, to be killed. */
const [root = '', baseURL = '', first = '0'] = process.argv.slice(2);
const rows = rowsSource(Array.from({ length: 60 }, (_, i) => ({ question: `${Number(first) + i} + 1` })));
const mini = model('mini', { baseURL, temperature: 0 });
const batch = { pollMs: 20, graceMs: 1000, most: 20 };
const answers = generate(rows, { model: mini, prompt: '{{question}}' }, { via: 'batch', batch });
const store = openStore(root);
const code: CodeReader = { read: () => ({ refused: { why: 'not found', detail: '' } }) };
const out = await createPipeline({ answers }, () => ({ store, code, base: root })).run();
console.log(JSON.stringify((await out.answers.all()).map(({ text }) => text)));
await store.close();
