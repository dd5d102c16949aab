import { loadLibrary, pipe, Refusal, setup, windowOf } from './local-load.mjs';

/** @typedef {import('./local-runtime.js').Tokenizer} Tokenizer */
/** @typedef {import('./local-jobs.js').Generate} Generate */
/** @typedef {import('./local-jobs.js').Watch} Watch */

/** One prompt, alone: in a batch a row that has ended goes on until the last one has. */
/** @param {Generate} job @param {Watch} watch @returns {Promise<import('./local-jobs.js').Generated>} */
export async function generate(job, watch) {
  const { tokenizer, model } = await pipe('text-generation');
  const inputs = promptOf(tokenizer, job);
  const length = inputs.input_ids.dims[1];
  checkLength(length, windowOf({ tokenizer, model }));
  const { random } = await loadLibrary();
  // The library has one random generator for all calls of a thread; a worker does one call at a time.
  if (job.draw) random.seed(job.draw.seed);
  const all = await model.generate({
    ...inputs,
    max_new_tokens: job.maxTokens ?? model.generation_config?.max_new_tokens ?? 256,
    do_sample: Boolean(job.draw),
    ...(job.draw ? { temperature: job.draw.temperature } : {}),
    stopping_criteria: await endsEarly(job, watch, (ids) => textOf(tokenizer, ids.slice(length))),
  });
  const ids = (all.tolist()[0] ?? []).slice(length);
  return { ...cut(tokenizer, ids, { ends: endsOf(model), stop: job.stop }), input: length, output: ids.length };
}

/** @param {Tokenizer} tokenizer @param {Generate} job */
function promptOf(tokenizer, { prompt = '', messages }) {
  if (!messages)
    return tokenizer([prompt], { add_special_tokens: Boolean(tokenizer.add_bos_token || tokenizer.add_eos_token) });
  if (!tokenizer.chat_template)
    throw new Refusal(
      'bad-request',
      `${setup.name} has no chat template, so it knows no messages. Write one prompt instead.`,
    );
  const text = tokenizer.apply_chat_template(messages, { tokenize: false, add_generation_prompt: true });
  return tokenizer([text], { add_special_tokens: false });
}

/** @param {number} length @param {number} limit */
function checkLength(length, limit) {
  if (length > 0 && length < limit) return;
  const why = length === 0 ? 'A prompt without tokens' : `A prompt of ${length} tokens`;
  throw new Refusal(
    'bad-request',
    `${why} can't be continued by ${setup.name}, whose window is ${limit} tokens. Change the prompt.`,
  );
}

/** @param {Generate} job @param {Watch} watch @param {(ids: bigint[]) => string} written */
async function endsEarly({ stop }, watch, written) {
  const { StoppingCriteria } = await loadLibrary();
  /** @param {bigint[]} ids */
  const ended = (ids) => watch.cancelled || (stop.length > 0 && stop.some((text) => written(ids).includes(text)));
  return Object.assign(new StoppingCriteria(), { _call: (/** @type {bigint[][]} */ rows) => rows.map(ended) });
}

/** @param {import('./local-runtime.js').Runtime} model */
const endsOf = (model) => [model.generation_config?.eos_token_id ?? model.config.eos_token_id ?? []].flat().map(BigInt);

/** @param {Tokenizer} tokenizer @param {bigint[]} ids */
const textOf = (tokenizer, ids) => (ids.length === 0 ? '' : tokenizer.decode(ids, { skip_special_tokens: true }));

/** Nothing from the first end on counts. @param {Tokenizer} tokenizer @param {bigint[]} ids @param {{ ends: bigint[], stop: readonly string[] }} at */
function cut(tokenizer, ids, { ends, stop }) {
  const end = ids.findIndex((id) => ends.includes(id));
  const full = textOf(tokenizer, end < 0 ? ids : ids.slice(0, end));
  const stops = stop.map((text) => full.indexOf(text)).filter((place) => place >= 0);
  return { text: full.slice(0, Math.min(full.length, ...stops)), finish: end >= 0 || stops.length > 0 ? STOP : LENGTH };
}

const STOP = /** @type {const} */ ('stop');
const LENGTH = /** @type {const} */ ('length');
