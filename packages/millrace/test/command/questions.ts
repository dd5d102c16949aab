import type { Files } from './millrace.js';

export const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

export const QUESTIONS = [
  { id: 1, question: 'Two and three?', gold: '5' },
  { id: 2, question: 'Seven less four?', gold: '3' },
  { id: 3, question: 'Six times seven?', gold: '42' },
];

export const PIPELINE = `params: { say: number }
stages:
  questions: { source: data/questions.jsonl }
  answers: { generate: questions, model: test/echo, prompt: "{{question}} a \${params.say}: {{gold}}", into: answer }
  parsed: { extract: answers, from: answer, with: { regex: '(\\d+)$' }, into: value }
  vectors: { embed: questions, from: question, model: test/ngram, into: vector }
  scores: { evaluate: parsed, prediction: value, reference: gold, metrics: { em: exactMatch } }
`;

/** A small pipeline of the ordinary kind, with models that need nothing. */
export const questions: Files = { 'pipeline.yaml': PIPELINE, 'data/questions.jsonl': jsonl(QUESTIONS) };

/** A pipeline in code whose calls take a while and say so. */
export const slow = (rows: number, ms: number): Files => ({
  'pipeline.ts': `import { map, rowsSource, pipeline } from 'millrace';
import { appendFileSync } from 'node:fs';
const rows = rowsSource(Array.from({ length: ${rows} }, (_, i) => ({ i })));
const slow = map(rows, {
  run: async ({ i }) => {
    await new Promise((done) => setTimeout(done, ${ms}));
    appendFileSync('calls.log', i + '\\n');
    return { twice: i * 2 };
  },
  version: 1,
}, { concurrency: 2 });
export default pipeline({ rows, slow });
`,
});
