// Plain JavaScript: Node starts it as a worker as it lies here, from the sources as from the built package.
import { parentPort } from 'node:worker_threads';
import { embed } from './local-embed.mjs';
import { generate } from './local-generate.mjs';

/** @typedef {import('./local-jobs.js').Job} Job */

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const watch = { cancelled: false };

/** @param {Job} job */
const answer = (job) => (job.kind === 'embed' ? embed(job, watch) : generate(job, watch));

/** @param {Job} job */
async function serve(job) {
  watch.cancelled = false;
  try {
    const value = await answer(job);
    port.postMessage({ value }, 'vectors' in value ? value.vectors.map((vector) => vector.buffer) : []);
  } catch (thrown) {
    const { kind = 'bad-request', message } = /** @type {Error & { kind?: string }} */ (thrown);
    port.postMessage({ failed: { kind, message } });
  }
}

port.on('message', (/** @type {import('./local-jobs.js').Told} */ told) => {
  if (told === 'cancel') watch.cancelled = true;
  else serve(told.job);
});
