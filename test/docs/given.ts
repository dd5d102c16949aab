/** What the pages' fragments speak of without declaring it: tables in code, the same in YAML, files. */
export const CODE: Readonly<Record<string, string>> = {
  rows: `source.jsonl('rows.jsonl', { columns: { id: 'float', user: 'text', question: 'text', text: 'text', value: 'text', score: 'float', vector: { list: 'float32' }, tags: { list: 'text' } } })`,
  questions: `source.jsonl('rows.jsonl', { columns: { id: 'float', question: 'text', vector: { list: 'float32' } } })`,
  passages: `source.jsonl('rows.jsonl', { columns: { text: 'text', vector: { list: 'float32' } } })`,
  vectors: `embed(questions, { from: 'question', model: model('test/ngram'), into: 'embedded' })`,
  docs: `source.files('docs/**/*.md')`,
  answers: `source.rows([{ id: 1, question_id: 1, answer: 'x' }, { id: 2, question_id: 2, answer: 'y' }])`,
  gold: `source.rows([{ id: 1, gold: 'x' }, { id: 2, gold: 'z' }])`,
  scores: `source.rows([{ id: 1, model: 'a', topic: 't', score: 0.5 }, { id: 2, model: 'a', topic: 't', score: 1 }])`,
  first: `source.rows([{ id: 1 }])`,
  second: `source.rows([{ id: 2 }])`,
  mini: `model('openai/gpt-4o-mini', { temperature: 0 })`,
};

export const YAML: Readonly<Record<string, string>> = {
  rows: '{ source: rows.jsonl }',
  questions: '{ source: rows.jsonl }',
  passages: '{ source: rows.jsonl }',
  vectors: '{ source: rows.jsonl }',
  docs: '{ source: docs/**/*.md }',
  answers:
    '{ rows: [{ id: 1, question_id: 1, answer: "it is 42", gold: "42" }, { id: 2, question_id: 2, answer: y, gold: "7" }] }',
  gold: '{ rows: [{ id: 1, gold: x }, { id: 2, gold: z }] }',
  scores: '{ rows: [{ id: 1, model: a, topic: t, score: 0.5 }, { id: 2, model: a, topic: t, score: 1 }] }',
  first: '{ rows: [{ id: 1 }] }',
  second: '{ rows: [{ id: 2 }] }',
};

const row = (id: number) => ({
  id,
  user: `user ${id % 5}`,
  question: `${id} + ${id}`,
  text: `A text of number ${id}. It has two sentences.`,
  value: 'x'.repeat(id % 7),
  score: id / 20,
  vector: [id, 1, (id * 7) % 5],
  tags: ['a', `b${id}`],
  gold: `${id + id}`,
});

const lines = (rows: readonly object[]): string => rows.map((each) => `${JSON.stringify(each)}\n`).join('');
const rows = Array.from({ length: 20 }, (_, i) => row(i + 1));

export const FILES: Readonly<Record<string, string>> = {
  'rows.jsonl': lines(rows),
  'data/questions.jsonl': lines(rows.map(({ question, gold, score, id }) => ({ id: `q${id}`, question, gold, score }))),
  'data/train.jsonl': lines(rows),
  'data/table.csv': 'id;note\n1;NA\n2;yes\n',
  'docs/a.md': '# Title\n\nA page of text. It has two sentences.\n',
  'docs/b/c.md': '# Other\n\n- one\n- two\n',
  'text.ts':
    'export const clean = ({ text }: { text: string }) => ({ clean: text.trim() });\nexport const isGood = ({ score }: { score: number }) => score > 0.5;\nexport const words = ({ text }: { text: string }) => text.split(" ").map((word) => ({ word }));\nexport const passes = ({ prediction }: { prediction: string }) => Number(prediction.length > 1);\n',
  'train.py': '\n',
  'lib/a.py': '\n',
};

/** The program `python` of these pages: it trains as little as it can. */
export const PYTHON = `#!/usr/bin/env node
import { mkdirSync, writeFileSync } from 'node:fs';
const after = (word) => process.argv[process.argv.indexOf(word) + 1 || process.argv.length];
mkdirSync(after('--out'), { recursive: true });
for (const name of ['config.json', 'weights.bin']) writeFileSync(after('--out') + '/' + name, '{}');
if (after('--metrics')) writeFileSync(after('--metrics'), JSON.stringify({ loss: 1 }));
`;
