import type { StageSettings } from '../registry/check-settings.js';
import type { Field, Fields } from '../registry/fields.js';

/** Sampling settings, as every model's request knows them. */
const samplingFields: Fields = {
  temperature: { is: 'number', min: 0, describe: 'How freely the model draws; 0 answers each key once.' },
  topP: { is: 'number', above: 0, max: 1, describe: 'Nucleus sampling.' },
  maxTokens: { is: 'int', min: 1, describe: 'Where an answer is cut off.' },
  stop: { is: 'list', of: { is: 'text', describe: 'A text.' }, describe: 'Texts that end an answer.' },
  seed: { is: 'int', describe: 'Seed of the draw, where the model knows one.' },
  extra: { is: 'any', describe: "Fields of the provider's own, sent as they are." },
};

/** A list of values, or values by name. */
const several = (of: Field): Field => ({
  is: 'either',
  describe: 'A list of values, or values by name.',
  of: [
    { is: 'list', of, describe: 'Values.' },
    { is: 'record', of, describe: 'Values by name.' },
  ],
});

const promptField = (describe: string): Field => ({
  is: 'either',
  describe,
  of: [
    { is: 'function', describe: 'A function of the row.' },
    { is: 'text', describe: 'A template.' },
    { is: 'any', describe: 'Chat: system, examples, user.' },
  ],
});

export const generateSettings: StageSettings = {
  name: 'generate',
  config: {
    model: { is: 'model', describe: 'Which model answers. Required here or in across.' },
    prompt: promptField(
      'A template with {{column}}, chat messages, or a function of the row. Required here or in across.',
    ),
    into: { is: 'new column', default: 'text', describe: 'The column of the answers.' },
    ...samplingFields,
    schema: { is: 'any', describe: 'A JSON Schema: the answer is an object of it.' },
    logprobs: { is: 'int', min: 0, describe: 'Alternatives to report for each token.' },
    samples: { is: 'int', min: 1, describe: 'How often each row is asked; each draw gives a row.' },
    accept: {
      is: 'list',
      of: { is: 'text', oneOf: ['refusal', 'length', 'filter', 'empty'], describe: 'An ending.' },
      describe: 'Answers that count although they did not end of themselves.',
    },
    draw: { is: 'text', describe: 'Names a second draw of the same stage.' },
    across: {
      is: 'object',
      describe: 'Settings with several values: one memo for each combination, one long table with a column for each.',
      fields: {
        model: several({ is: 'model', describe: 'A model.' }),
        prompt: several(promptField('A prompt.')),
        ...Object.fromEntries(Object.entries(samplingFields).map(([name, field]) => [name, several(field)])),
      },
    },
  },
  options: {
    via: {
      is: 'text',
      oneOf: ['calls', 'batch'],
      default: 'calls',
      describe: "batch: all at once through the provider's batch service.",
    },
    batch: {
      is: 'object',
      describe: 'How a batch is looked after.',
      fields: {
        pollMs: { is: 'int', min: 1, default: 30_000, describe: "Between two looks at the provider's counts." },
        graceMs: {
          is: 'int',
          min: 0,
          default: 120_000,
          describe: 'How long a sent batch may be absent from the list.',
        },
        onStop: { is: 'text', oneOf: ['leave', 'cancel'], default: 'leave', describe: 'When the run is stopped.' },
        retries: {
          is: 'int',
          min: 0,
          default: 2,
          describe: 'How often what failed in passing is put into another batch.',
        },
        most: { is: 'int', min: 1, describe: "Requests of one batch. Default: the provider's limit." },
      },
    },
  },
  code: ['uses', 'version', 'impure', 'weights'],
};
