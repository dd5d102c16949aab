import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [paramsFile, base, data, model, metricsFile, predictionsFile, checkpoint] = process.argv.slice(2);
const params = JSON.parse(readFileSync(paramsFile, 'utf8'));
const { buckets, labels } = JSON.parse(readFileSync(join(base, 'config.json'), 'utf8'));
const { STEP_MS = 0 } = process.env;

const rowsOf = (split) =>
  readFileSync(join(data, split, 'data.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Words as numbers of buckets. */
function features(text) {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.slice(0, params.max_length).map((word) => {
    let hash = 2166136261;
    for (const letter of word) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
    return (hash >>> 0) % buckets;
  });
}

const read = (path) => new Float32Array(new Uint8Array(readFileSync(path)).buffer);
const asBytes = (floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
const rounded = (x) => (params.fp16 ? Math.round(x * 2048) / 2048 : x);
const probability = (weights, xs) => 1 / (1 + Math.exp(-xs.reduce((sum, x) => sum + weights[x], 0)));

function shuffled(rows, seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return rows
    .map((row) => [next(), row])
    .sort((a, b) => a[0] - b[0])
    .map(([, row]) => row);
}

function save(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

const train = rowsOf('train').map(({ text, label }) => ({ xs: features(text), y: label === labels[1] ? 1 : 0 }));
const validation = rowsOf('validation');
const predict = (weights, text) => labels[probability(weights, features(text)) > 0.5 ? 1 : 0];
const accuracyOf = (weights) =>
  validation.filter(({ text, label }) => predict(weights, text) === label).length / validation.length;

const before = existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, 'utf8')) : { step: 0 };
const weights = before.weights ? Float32Array.from(before.weights) : read(join(base, 'weights.bin'));
if (before.step) console.log(`goes on from step ${before.step}`);

const logs = [];
const perStep = params.batch_size * params.gradient_accumulation;
const steps = Math.ceil((train.length * params.epochs) / perStep);
const epochs = Array.from({ length: params.epochs }, (_, epoch) => shuffled(train, params.seed + epoch)).flat();

for (let step = before.step; step < steps; step++) {
  const rate = params.learning_rate * Math.min(1, (step + 1) / Math.max(1, params.warmup_steps));
  const batch = epochs.slice(step * perStep, (step + 1) * perStep);
  const errors = batch.map(({ xs, y }) => y - probability(weights, xs));
  for (const [at, { xs }] of batch.entries())
    for (const x of xs) weights[x] = rounded(weights[x] + (rate * errors[at]) / batch.length);
  if ((step + 1) % params.log_steps === 0) logs.push({ step: step + 1, error: Math.hypot(...errors) / batch.length });
  if ((step + 1) % params.eval_steps === 0) logs.push({ step: step + 1, accuracy: accuracyOf(weights) });
  if ((step + 1) % params.save_steps === 0) save(checkpoint, JSON.stringify({ step: step + 1, weights: [...weights] }));
  if (STEP_MS) await sleep(Number(STEP_MS));
}

mkdirSync(join(model, 'logs'), { recursive: true });
writeFileSync(join(model, 'weights.bin'), asBytes(weights));
writeFileSync(join(model, 'config.json'), JSON.stringify({ buckets, labels, params }));
writeFileSync(join(model, 'tokenizer.json'), readFileSync(join(base, 'tokenizer.json')));
writeFileSync(
  join(model, 'logs/events.jsonl'),
  logs.map((line) => `${JSON.stringify({ ...line, at: Date.now() })}\n`).join(''),
);
writeFileSync(
  metricsFile,
  JSON.stringify({ accuracy: accuracyOf(weights), epochs: params.epochs, samples: train.length }),
);
writeFileSync(
  predictionsFile,
  validation
    .map(({ text, label }) => `${JSON.stringify({ text, label, predicted: predict(weights, text) })}\n`)
    .join(''),
);
console.log(`${steps} steps, accuracy ${accuracyOf(weights).toFixed(3)}`);
