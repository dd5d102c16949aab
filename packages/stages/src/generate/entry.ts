import type { StageEntry } from '../registry/entry.js';
import { generateSettings } from './fields.js';
import { generate } from './generate.js';

export const generateEntry: StageEntry = {
  ...generateSettings,
  describe: 'Asks a model for each row; the answer is a column.',
  own: { input: 'rows' },
  inputs: {
    rows: { is: 'table', describe: 'The rows.' },
    weights: { is: 'folder', optional: true, describe: 'A folder stage whose files are the model.' },
  },
  build: ({ inputs, config, options }) => {
    const { weights, rows } = inputs;
    return generate(rows as never, config as never, {
      ...options,
      ...(weights && { weights: weights as never }),
    });
  },
};
