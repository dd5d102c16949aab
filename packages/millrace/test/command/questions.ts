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

/** A pipeline in code whose calls take a while and say so. After so many the next ones are answered once there is a file `go`. */
export const slow = (rows: number, ms: number, most = rows): Files => ({
  'pipeline.ts': `import { map, rowsSource, pipeline } from 'millrace';
import { appendFileSync, existsSync } from 'node:fs';
const rows = rowsSource(Array.from({ length: ${rows} }, (_, i) => ({ i })));
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const slow = map(rows, {
  run: async ({ i }) => {
    appendFileSync('calls.log', i + '\\n');
    await pause(${ms});
    while (i >= ${most} && !existsSync('go')) await pause(5);
    return { twice: i * 2 };
  },
  version: 1,
}, { concurrency: 2 });
export default pipeline({ rows, slow });
`,
});
