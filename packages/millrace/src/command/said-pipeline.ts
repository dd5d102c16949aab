import { type CommandSaid, PIPELINE, RUN } from './flags.js';

/** Commands that run a pipeline or explain it. */
export const OF_PIPELINES: readonly CommandSaid[] = [
  {
    name: 'run',
    describe: 'Run what is invalid; reuse the rest.',
    takes: '[output…]',
    flags: [...PIPELINE, ...RUN],
    examples: ['millrace run', 'millrace run scores --rows 20', 'millrace run --max-cost 2.50'],
  },
  {
    name: 'plan',
    describe: 'What a run would do, why, and what it may cost. Writes nothing; exits with 4 when something would run.',
    takes: '[output…]',
    flags: [...PIPELINE, ...RUN.filter(({ name }) => ['rows', 'force', 'below', 'from'].includes(name))],
    examples: ['millrace plan', 'millrace plan scores --json'],
  },
  {
    name: 'why',
    describe: 'Why a stage would run or is reused: what changed, down to the value, and where that began.',
    takes: '<stage>',
    least: 1,
    most: 1,
    flags: PIPELINE,
    examples: ['millrace why answers'],
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
  },
  {
    name: 'graph',
    describe: 'Draw the stages: Mermaid, DOT or SVG.',
    takes: '',
    most: 0,
    flags: [
      ...PIPELINE,
      { name: 'as', value: 'FORMAT', describe: 'mermaid, dot or svg. Default: mermaid, or as the ending says.' },
      { name: 'to', value: 'PATH', describe: 'Write it there.' },
      { name: 'status', describe: 'Colour each stage by what a run would do.' },
    ],
    examples: ['millrace graph', 'millrace graph --to pipeline.svg --status'],
  },
  {
    name: 'init',
    describe: 'Begin with a working pipeline in an empty folder.',
    takes: '[folder]',
    most: 1,
    flags: [
      { name: 'model', value: 'NAME', describe: 'The model that answers. Default: an embedded one that needs no key.' },
      { name: 'force', describe: 'Write over what is there.' },
    ],
    examples: ['millrace init', 'millrace init my-pipeline --model openai/gpt-4o-mini'],
  },
  {
    name: 'watch',
    describe: 'Run again what an edit invalidates, until Ctrl-C.',
    takes: '[output…]',
    flags: [
      ...PIPELINE,
      ...RUN.filter(({ name }) => ['rows', 'keep-going', 'max-calls', 'max-cost', 'concurrency'].includes(name)),
    ],
    examples: ['millrace watch', 'millrace watch scores --rows 20'],
  },
  {
    name: 'schema',
    describe: 'Print the JSON Schema of pipeline files, for editors.',
    takes: '',
    most: 0,
    flags: [],
    examples: ['millrace schema > pipeline.schema.json'],
  },
  {
    name: 'completion',
    describe: 'Print what a shell needs to complete commands: bash, zsh or fish.',
    takes: '<shell>',
    least: 1,
    most: 1,
    flags: [],
    examples: ['millrace completion bash', 'source <(millrace completion bash)'],
  },
];
