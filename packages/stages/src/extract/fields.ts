import type { StageSettings } from '../registry/check-settings.js';

export const extractSettings: StageSettings = {
  name: 'extract',
  config: {
    from: { is: 'column', required: true, describe: 'The column of the text.' },
    with: { is: 'any', required: true, describe: 'How the value is taken out.' },
    into: { is: 'new column', default: 'value', describe: 'The column of the value.' },
    reason: { is: 'new column', describe: 'The column that says why nothing was found.' },
    type: { is: 'any', default: 'text', describe: 'Type of the value that a function returns.' },
  },
  options: {},
  code: ['uses', 'version', 'impure'],
};
