import {
  type EngineOptions,
  type Kind,
  type Nature,
  type Ok,
  type Read,
  type Row,
  stage,
  type Table,
  type With,
} from '@millrace/core';
import type { Here, Name } from '../functions/columns.js';
import { asDeclared } from '../functions/given.js';
import { eachRowGiven } from '../functions/handed.js';
import { rowFunctionKeys } from '../functions/row-function.js';
import { isLater } from '../functions/rows.js';
import { callSize, type FunctionSaid, functionUse } from '../functions/user-function.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { codeVersion } from '../registry/fields.js';

export interface FilterConfig<K extends string = string, W extends With = With, R = Row> extends FunctionSaid {
  /** Columns the function sees. Default: those that its first parameter takes apart, else all. */
  readonly reads?: readonly K[];
  /** Config of the function; in the key. */
  readonly with?: W;
  /** Whether a row stays. Nothing but true and false counts. */
  readonly run: (row: R, given: W) => boolean | Promise<boolean>;
  /** `pure` by default. A function that asks a service is `answered`. */
  readonly nature?: Nature;
}

const keys = rowFunctionKeys<FilterConfig>();

const kind: Kind<FilterConfig> = {
  name: 'filter',
  version: 1,
  nature: (config) => config.nature ?? 'pure',
  config: asDeclared,
  label: (config) => config.run.name || 'function',
  code: (config) => ({ run: functionUse(config.run, config) }),
  ...keys.stage,
  work: {
    is: 'rows',
    many: true,
    dropsOnly: true,
    ...keys.calls,
    answers: () => ({}),
    batch: callSize,
    run: (rows, { config }) => eachRowGiven(rows, config.with, (row, given) => kept(config.run(row, given))),
  },
};

function kept(answer: boolean | Promise<boolean>): readonly Row[] | Promise<readonly Row[]> {
  if (isLater(answer)) return answer.then(kept);
  if (typeof answer === 'boolean') return answer ? [{}] : [];
  throw new Error(
    `The function of this filter returned ${JSON.stringify(answer)}, which is neither true nor false: a missing value would drop a row without a word. Return a comparison, or Boolean(…).`,
  );
}

/** Keeps the rows for which a function says true, in their order. Which rows were dropped is remembered too. */
export function filter<
  R extends Row,
  O extends boolean,
  const K extends Name<R> = keyof R & string,
  const W extends With = Record<never, never>,
>(rows: Table<R, O>, config: FilterConfig<Ok<K, Here<K, R, O>>, W, Read<R, K>>, options?: EngineOptions): Table<R, O> {
  checkSettings(filterEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const filterEntry: StageEntry = {
  name: 'filter',
  describe: 'Keeps the rows for which a function says true.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    run: { is: 'function', required: true, describe: 'Called for each row with the columns it reads; true keeps it.' },
    reads: { is: 'list', of: { is: 'column', describe: 'A column.' }, describe: 'Columns the function sees.' },
    with: { is: 'any', describe: 'Config of the function: its second argument.' },
    nature: {
      is: 'text',
      oneOf: ['pure', 'answered', 'sampling'],
      default: 'pure',
      describe: 'Whether the same row gives the same answer again.',
    },
    version: codeVersion,
    impure: { is: 'list', of: { is: 'text', describe: 'A read.' }, describe: 'Reads that the key cannot see.' },
  },
  options: {},
  code: ['uses'],
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
