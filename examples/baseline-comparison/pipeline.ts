import {
  command,
  evaluate,
  exactMatch,
  extract,
  generate,
  model,
  number,
  numericTolerance,
  params,
  pipeline,
  source,
} from 'millrace';

const { endpoint } = params({ endpoint: 'http://localhost:8000/v1' });

const base = { baseURL: endpoint, maxTokens: 8 };

const test = source.jsonl('data/test.jsonl', {
  columns: { id: 'text', kind: 'text', question: 'text', gold: 'text' },
});

const predictions = generate(
  test,
  {
    across: {
      model: {
        'base-1b': model('base-1b', base),
        'base-3b': model('base-3b', base),
        'base-8b': model('base-8b', base),
        tuned: model('local/./checkpoint', { maxTokens: 1 }),
      },
    },
    prompt: '{{question}}\nAnswer with a number.',
    temperature: 0,
    accept: ['length', 'empty'],
    into: 'prediction',
  },
  { concurrency: 32, format: 'jsonl' },
);

const parsed = extract(predictions, { from: 'prediction', with: number() });

const scores = evaluate(parsed, {
  prediction: 'value',
  reference: 'gold',
  metrics: { exact: exactMatch(), close: numericTolerance({ relative: 0.05 }) },
});

const { summary } = scores;

const { report } = command(
  {
    argv: ['node', 'plot.mjs', { input: 'summary' }, { output: 'report' }],
    inputs: { summary },
    outputs: { report: { folder: true, essential: ['report.svg', 'report.md'] } },
  },
  { at: './report' },
);

export default pipeline({ test, predictions, scores, summary, report });
