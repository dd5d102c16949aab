import type { StageSettings } from '../registry/check-settings.js';

export const embedSettings: StageSettings = {
  name: 'embed',
  config: {
    from: { is: 'column', required: true, describe: 'The column of the texts.' },
    model: { is: 'model', required: true, describe: 'Which model embeds.' },
    into: { is: 'new column', default: 'vector', describe: 'The column of the vectors.' },
    dimensions: { is: 'int', min: 1, describe: 'Length of the vectors, where the model lets one choose.' },
    truncate: {
      is: 'text',
      oneOf: ['fail', 'end'],
      default: 'fail',
      describe: 'What happens to a text longer than the model reads.',
    },
    prefix: { is: 'text', describe: 'Put before each text, such as "query: ".' },
    normalise: { is: 'flag', default: false, describe: 'Vectors of length 1.' },
    preprocess: { is: 'function', describe: 'Done to each text before it is sent.' },
    extra: { is: 'any', describe: 'Free parts of the key, sent as they are.' },
  },
  options: {},
  code: ['uses', 'version', 'impure', 'weights'],
};
