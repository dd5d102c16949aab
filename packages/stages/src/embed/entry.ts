import type { StageEntry } from '../registry/entry.js';
import { embedStage } from './stage.js';

export const embedEntry: StageEntry = {
  name: 'embed',
  describe: 'Gives each text its vector.',
  own: { input: 'rows' },
  inputs: {
    rows: { is: 'table', describe: 'The rows.' },
    weights: { is: 'folder', optional: true, describe: 'A folder stage whose files are the model.' },
  },
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
  build: ({ inputs, config, options }) => {
    const { rows, weights } = inputs;
    return embedStage({ rows: rows as never }, config, { ...options, ...(weights && { weights: weights as never }) });
  },
};
