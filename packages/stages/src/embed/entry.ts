import type { StageEntry } from '../registry/entry.js';
import { embedSettings } from './fields.js';
import { embedStage } from './stage.js';

export const embedEntry: StageEntry = {
  ...embedSettings,
  describe: 'Gives each text its vector.',
  own: { input: 'rows' },
  inputs: {
    rows: { is: 'table', describe: 'The rows.' },
    weights: { is: 'folder', optional: true, describe: 'A folder stage whose files are the model.' },
  },
  build: ({ inputs, config, options }) => {
    const { rows, weights } = inputs;
    return embedStage({ rows: rows as never }, config, { ...options, ...(weights && { weights: weights as never }) });
  },
};
