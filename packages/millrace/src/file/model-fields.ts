import type { Settings } from '@millrace/core';

/** What a file may say of a model beside its name. */
export const MODEL_CONFIG: Settings = {
  baseURL: { is: 'text', describe: 'Another OpenAI-compatible endpoint; the name is then sent as written.' },
  version: {
    is: 'either',
    describe: 'Of what a server gives under this name: other weights are another model. Never sent.',
    of: [
      { is: 'text', describe: 'A text.' },
      { is: 'number', describe: 'A number.' },
    ],
  },
  revision: { is: 'text', describe: 'Commit of a hub model.' },
  dtype: {
    is: 'text',
    oneOf: ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'],
    describe: 'Weights of a local model.',
  },
  pooling: { is: 'text', oneOf: ['mean', 'cls', 'last_token'], describe: 'How a local model joins its vectors.' },
  normalize: { is: 'flag', describe: 'Vectors of length 1.' },
  batchInvariant: { is: 'flag', describe: 'The same bits whatever texts stand beside one.' },
  dimensions: { is: 'int', min: 1, describe: 'Length of the vectors of test/ngram.' },
  template: { is: 'text', describe: 'What test/echo answers.' },
  temperature: { is: 'number', min: 0, describe: 'Used where the stage is silent.' },
  topP: { is: 'number', above: 0, max: 1, describe: 'Used where the stage is silent.' },
  maxTokens: { is: 'int', min: 1, describe: 'Used where the stage is silent.' },
  stop: { is: 'list', of: { is: 'text', describe: 'A text.' }, describe: 'Used where the stage is silent.' },
  seed: { is: 'int', describe: 'Used where the stage is silent.' },
  extra: { is: 'any', describe: "Fields of the provider's own, sent as they are." },
};

export const MODEL_OPTIONS: Settings = {
  apiKey: { is: 'secret', describe: `Where the key is found: \${env:NAME}.` },
  headers: {
    is: 'record',
    of: {
      is: 'either',
      describe: `A text, or \${env:NAME}.`,
      of: [
        { is: 'secret', describe: 'A secret.' },
        { is: 'text', describe: 'A text.' },
      ],
    },
    describe: 'Sent with each request.',
  },
  requestsPerMinute: { is: 'number', above: 0, describe: 'Shared by all stages with this model.' },
  tokensPerMinute: { is: 'number', above: 0, describe: 'Shared by all stages with this model.' },
  concurrency: { is: 'int', min: 1, describe: 'Calls at once; for a local model, its workers.' },
  timeout: { is: 'int', min: 1, describe: 'Of one call, in milliseconds.' },
  retries: { is: 'int', min: 0, describe: 'How often a failed call is tried again.' },
  maxAnswerBytes: { is: 'int', min: 1, describe: 'Of one answer of a server. A longer one is not read to its end.' },
  price: {
    is: 'object',
    describe: 'Per million tokens.',
    fields: {
      input: { is: 'number', min: 0, required: true, describe: 'Of tokens sent.' },
      output: { is: 'number', min: 0, required: true, describe: 'Of tokens answered.' },
      cached: { is: 'number', min: 0, describe: 'Of tokens that the provider had cached.' },
    },
  },
  folder: { is: 'text', describe: 'Where a local model lies.' },
  cache: { is: 'text', describe: 'Where hub models are kept.' },
  offline: { is: 'flag', describe: 'Download nothing.' },
  device: { is: 'text', describe: 'Where a local model computes.' },
  threads: { is: 'int', min: 1, describe: 'Threads of one worker.' },
};
