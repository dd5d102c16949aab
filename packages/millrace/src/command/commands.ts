import { type CommandSaid, PIPELINE, RUN } from './flags.js';
import type { Run } from './session.js';

export interface Command extends CommandSaid {
  /** Loaded only when it is asked for. */
  readonly load: () => Promise<{ readonly command: Run }>;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'run',
    describe: 'Run what is invalid; reuse the rest.',
    takes: '[output…]',
    flags: [...PIPELINE, ...RUN],
    examples: ['millrace run', 'millrace run scores --rows 20', 'millrace run --max-cost 2.50'],
    load: () => import('./say-run.js'),
  },
  {
    name: 'plan',
    describe: 'What a run would do, why, and what it may cost. Writes nothing; exits with 4 when something would run.',
    takes: '[output…]',
    flags: [...PIPELINE, ...RUN.filter(({ name }) => ['rows', 'force', 'below', 'from'].includes(name))],
    examples: ['millrace plan', 'millrace plan scores --json'],
    load: () => import('./say-plan.js'),
  },
  {
    name: 'why',
    describe: 'Why a stage would run or is reused: what changed, down to the value, and where that began.',
    takes: '<stage>',
    least: 1,
    most: 1,
    flags: PIPELINE,
    examples: ['millrace why answers'],
    load: () => import('./say-why.js'),
  },
  {
    name: 'ls',
    describe: 'What is stored: rows, size, age, what it would take again.',
    takes: '',
    most: 0,
    flags: [...PIPELINE, { name: 'all', short: 'a', describe: 'Every entry of the store, not only this pipeline.' }],
    examples: ['millrace ls', 'millrace ls --all --json'],
    load: () => import('./say-ls.js'),
  },
  {
    name: 'show',
    describe: "A stage's output: columns, first rows, facts, where it came from.",
    takes: '<stage>',
    least: 1,
    most: 1,
    flags: [
      ...PIPELINE,
      { name: 'rows', value: 'N', is: 'count', describe: 'So many rows. Default: 10.' },
      { name: 'from', value: 'N', is: 'count', describe: 'Beginning with this row.' },
      { name: 'columns', value: 'A,B', describe: 'Only these columns.' },
      { name: 'failed', describe: 'The rows that failed, and why.' },
    ],
    examples: ['millrace show scores.summary', 'millrace show answers --failed'],
    load: () => import('./say-show.js'),
  },
  {
    name: 'runs',
    describe: 'Earlier runs, newest first.',
    takes: '',
    most: 0,
    flags: [{ name: 'limit', value: 'N', is: 'count', describe: 'So many. Default: 20.' }],
    examples: ['millrace runs', 'millrace runs --json'],
    load: () => import('./say-runs.js'),
  },
];
