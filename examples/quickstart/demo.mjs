import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@millrace/arrow-store';
import { createPipeline } from '@millrace/core';
import { embed, evaluate, exactMatch, extract, generate, model, regex, rowsSource, tokenF1 } from '@millrace/stages';
import { writeTinyModels } from '@millrace/stages/tiny-models';

const folder = mkdtempSync(join(tmpdir(), 'millrace-quickstart-'));
const data = join(folder, 'questions.jsonl');
cpSync(new URL('data/questions.jsonl', import.meta.url), data);
const models = await writeTinyModels(join(folder, 'models'));
const store = openStore(join(folder, '.millrace'));

const rowsIn = (file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function declared(metrics) {
  const questions = rowsSource(rowsIn(data), { columns: { id: 'text', question: 'text', gold: 'text' } });
  const answers = generate(questions, {
    model: model('test/echo', { template: 'The answer is {{answer}}.' }),
    temperature: 0,
    prompt: 'Q: {{question}}\nA:',
    into: 'answer',
  });
  const parsed = extract(answers, { from: 'answer', with: regex(/(-?\d+)/), into: 'value' });
  const vectors = embed(answers, {
    from: 'question',
    model: model('local/tiny-embed', {}, { folder: models['tiny-embed'] }),
  });
  const scores = evaluate(parsed, { prediction: 'value', reference: 'gold', metrics });
  return { questions, answers, parsed, vectors, scores, summary: scores.summary };
}

async function run(metrics) {
  const none = {
    read: () => {
      throw new Error('BUG: no stage of this example has a function.');
    },
  };
  const pipeline = createPipeline(declared(metrics), () => ({ store, code: none, base: folder }));
  const started = performance.now();
  const out = await pipeline.run({ onEvent: (event) => event.is === 'stage-finished' && console.log(line(event)) });
  const [em] = await out.summary.all();
  const { calls } = out.outcome.cost;
  console.log(
    `exact match ${em.value.toFixed(3)} · ${calls} calls · ${((performance.now() - started) / 1000).toFixed(2)} s\n`,
  );
}

function line({ status, stage, rows, ranRows, reasons }) {
  const about =
    rows === undefined
      ? ''
      : status === 'ran' && ranRows !== rows
        ? `${ranRows ?? rows} of ${rows} rows`
        : `${rows} rows`;
  const why = reasons.map((reason) =>
    reason.is === 'upstream'
      ? `${reason.stage} changed`
      : reason.is === 'changed'
        ? `${reason.path} changed`
        : reason.is,
  );
  return `${status.padEnd(8)}${stage.padEnd(14)}${about.padEnd(16)}${why.join(', ')}`.trimEnd();
}

console.log('The first run computes everything:');
await run({ em: exactMatch() });
console.log('The second has nothing to do:');
await run({ em: exactMatch() });
console.log('One question is edited: one row runs.');
writeFileSync(data, readFileSync(data, 'utf8').replace('apples', 'pears'));
await run({ em: exactMatch() });
console.log('A metric is added: no model is asked.');
await run({ em: exactMatch(), f1: tokenF1() });

await store.close();
rmSync(folder, { recursive: true, force: true });
