import { setting } from '@millrace/core';
import type { StageSettings } from '../registry/check-settings.js';

export const evaluateSettings: StageSettings = {
  name: 'evaluate',
  config: {
    prediction: { is: 'column', required: true, describe: 'The column that is scored.' },
    reference: { is: 'column', describe: 'The column of the right answers.' },
    metrics: { is: 'any', required: true, describe: 'Metrics by name; each adds a column.' },
    by: setting.columns('One value for each combination of these columns.', { optional: true }),
    task: setting.columns(
      'Rows with equal values here are of one question. Default: what the prompt of repeated samples reads.',
      { optional: true },
    ),
    bootstrap: {
      is: 'object',
      describe: 'How the intervals are made.',
      fields: {
        seed: { is: 'int', default: 0, describe: 'Seed of the resampling.' },
        replicates: { is: 'int', min: 1, default: 1000, describe: 'Resamples.' },
        level: { is: 'number', min: 0, max: 1, default: 0.95, describe: 'How sure the interval is.' },
      },
    },
  },
  options: {},
  code: ['uses', 'version', 'impure'],
};
