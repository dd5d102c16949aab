import { openStore } from '@millrace/arrow-store';
import { type CodeReader, createPipeline } from '@millrace/core';
import { rowsSource } from '../../source/rows.js';
import { command } from '../stage.js';
import { examples } from './project.js';

/** A training in a process of its own, to be killed. */
const [base = '', root = '', program = 'node', script = 'train.js', epochs = '40', grace = '1000'] =
  process.argv.slice(2);
process.env.SIDE = `${base}/side`;

const { model, metrics } = command(
  {
    argv: [
      ...[program, script, '--data', { input: 'data' as const }, '--out', { output: 'model' as const }],
      ...[
        '--metrics',
        { output: 'metrics' as const },
        '--epochs',
        { param: 'epochs' as const },
        '--pause',
        { text: '15' },
      ],
    ],
    params: { epochs: Number(epochs) },
    inputs: { data: rowsSource(examples) },
    outputs: { model: { folder: true, essential: ['weights.json'], notContent: ['logs/**'] }, metrics: { json: true } },
  },
  {
    pass: ['SIDE'],
    checkpoints: ['model/checkpoint.json', 'model/logs/**'],
    graceMs: Number(grace),
    at: './models/base',
  },
);

const store = openStore(root);
const code: CodeReader = { read: () => ({ refused: { why: 'not found', detail: '' } }) };
await createPipeline({ model, metrics }, () => ({ store, code, base })).run({
  onEvent: (event) => event.is === 'stage-finished' && console.log(event.status),
});
await store.close();
