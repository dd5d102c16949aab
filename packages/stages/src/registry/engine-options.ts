import type { EngineOptions } from '@millrace/core';
import type { Field, Fields } from './fields.js';

/** Options that every stage has, since the engine itself obeys them. */
export const engineOptions: Fields & { readonly [name in keyof Required<EngineOptions>]: Field } = {
  concurrency: { is: 'int', min: 1, describe: 'Calls at once within the stage.' },
  retries: { is: 'int', min: 0, describe: 'How often a failed call is tried again.' },
  timeoutMs: { is: 'int', min: 1, describe: 'A call that takes longer is given up.' },
  limit: {
    is: 'object',
    describe: 'A limit shared by name with other stages.',
    fields: {
      name: { is: 'text', required: true, describe: 'Stages that name the same limit share it.' },
      atOnce: { is: 'int', min: 1, describe: 'Calls at once.' },
      callsPerMinute: { is: 'number', above: 0, describe: 'Calls a minute.' },
      tokensPerMinute: { is: 'number', above: 0, describe: 'Tokens a minute.' },
    },
  },
  threads: { is: 'int', min: 1, describe: 'Worker threads for a CPU-bound function that needs only itself.' },
  stopAfter: {
    is: 'either',
    describe: 'Stop the stage after so many failed rows: a number, or a share such as 5%.',
    of: [
      { is: 'int', min: 0, describe: 'Rows.' },
      { is: 'text', describe: 'A share of the rows.' },
    ],
  },
  onRowFailure: {
    is: 'text',
    oneOf: ['keep', 'stop'],
    default: 'keep',
    describe: 'Whether the first failed row ends the stage.',
  },
  remember: { is: 'flag', default: true, describe: 'False: nothing of this stage is remembered.' },
  format: {
    is: 'text',
    oneOf: ['auto', 'arrow', 'parquet', 'jsonl'],
    default: 'auto',
    describe: 'How its tables are stored.',
  },
};
