import type { Asked } from './asked.js';
import { flag, int, name, number, object, oneOf, share } from './make.js';

const optional = { optional: true } as const;

/** Options that every stage has, since the engine itself obeys them. None is in a key. */
export const engineOptions = {
  concurrency: int('Calls at once within the stage.', { min: 1, ...optional }),
  retries: int('How often a failed call is tried again.', { min: 0, ...optional }),
  timeoutMs: number('A call that takes longer is given up.', { min: 0, ...optional }),
  limit: object(
    'A limit shared by name with other stages.',
    {
      name: name('Stages that name the same limit share it.'),
      atOnce: int('Calls at once.', { min: 1, ...optional }),
      callsPerMinute: number('Calls a minute.', { above: 0, ...optional }),
      tokensPerMinute: number('Tokens a minute.', { above: 0, ...optional }),
    },
    optional,
  ),
  threads: int('Worker threads for a CPU-bound function that needs only itself.', { min: 0, ...optional }),
  stopAfter: share('Stop the stage after so many failed rows: a number, or a share such as 5%.', optional),
  onRowFailure: oneOf('Whether the first failed row ends the stage.', ['keep', 'stop'], { default: 'keep' }),
  remember: flag('False: nothing of this stage is remembered.', { default: true }),
  format: oneOf('How its tables are stored.', ['auto', 'arrow', 'parquet', 'jsonl'], { default: 'auto' }),
};

export type EngineOptions = Asked<typeof engineOptions>;
export type Limit = NonNullable<EngineOptions['limit']>;
