import { loadLibrary, pipe, Refusal, setup, windowOf } from './local-load.mjs';

/** @typedef {import('./local-runtime.js').Pipe} Pipe */
/** @typedef {import('./local-runtime.js').Inputs} Inputs */
/** @typedef {import('./local-jobs.js').Embed} Embed */

/** One text at a time, since texts sent together change each other's last bits, unless the model is declared free of that. */
/** @param {Embed} job @param {import('./local-jobs.js').Watch} watch @returns {Promise<import('./local-jobs.js').Embedded>} */
export async function embed({ texts, truncate }, watch) {
  const feature = await pipe('feature-extraction');
  const size = setup.batchInvariant ? texts.length : 1;
  const vectors = [];
  let input = 0;
  for (let at = 0; at < texts.length && !watch.cancelled; at += size) {
    const batch = texts.slice(at, at + size);
    const inputs = tokensOf(feature, batch, truncate);
    vectors.push(...(await vectorsOf(feature, batch, inputs)));
    input += inputs.attention_mask.data.reduce((sum, x) => sum + Number(x), 0);
  }
  return { vectors, input };
}

/** @param {Pipe} feature @param {readonly string[]} texts @param {Embed['truncate']} truncate */
function tokensOf(feature, texts, truncate) {
  const { tokenizer } = feature;
  const limit = windowOf(feature);
  const cut = truncate === 'end' && Number.isFinite(limit) ? { truncation: true, max_length: limit } : {};
  tokenizer.padding_side = setup.pooling === 'last_token' ? 'left' : 'right';
  const inputs = tokenizer(texts, { padding: true, ...cut });
  const width = inputs.input_ids.dims[1];
  if (width > limit)
    throw new Refusal(
      'bad-request',
      `A text of ${width} tokens is longer than the window of ${setup.name}, ${limit} tokens. Cut it before, or set truncate: 'end'.`,
    );
  return inputs;
}

/** @param {Pipe} feature @param {readonly string[]} texts @param {Inputs} inputs */
async function vectorsOf({ model }, texts, inputs) {
  const hasTokens = inputs.input_ids.dims[1] > 0;
  const vectors = hasTokens ? await pool(await model(inputs), inputs) : [];
  const bad = texts.findIndex((_, i) => !vectors[i]?.every(Number.isFinite));
  if (bad < 0) return vectors;
  throw new Refusal(
    'bad-request',
    `${setup.name} gives no vector for ${JSON.stringify(texts[bad]?.slice(0, 60))}. A text without tokens has none: leave it out.`,
  );
}

/** Copies, as the runtime's memory is its own. @param {import('./local-runtime.js').Outputs} out @param {Inputs} inputs */
async function pool(out, { attention_mask }) {
  const { mean_pooling } = await loadLibrary();
  const hidden = out.last_hidden_state ?? out.token_embeddings;
  if (!hidden)
    throw new Refusal(
      'not-found',
      `${setup.name} is no embedding model: it has no hidden states to pool. Take one made for embedding.`,
    );
  const pooled =
    setup.pooling === 'mean'
      ? mean_pooling(hidden, attention_mask)
      : hidden.slice(null, setup.pooling === 'cls' ? 0 : -1);
  const { data, dims } = setup.normalize ? pooled.normalize(2, -1) : pooled;
  return Array.from({ length: dims[0] }, (_, i) => Float32Array.from(data.subarray(i * dims[1], (i + 1) * dims[1])));
}
