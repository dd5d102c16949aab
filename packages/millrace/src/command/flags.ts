/** A flag as data: parsed, printed as help, completed by shells. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands behind it; without, it is on or off. */
  readonly value?: string;
  /** The value, of its form, may be left out. */
  readonly optional?: true;
  readonly is?: 'count' | 'sum' | 'share';
  readonly many?: true;
  readonly describe: string;
}

export interface CommandSaid {
  readonly name: string;
  readonly describe: string;
  /** What stands behind the name: `<stage>`, `[stage…]`. */
  readonly takes: string;
  /** It runs stages, or says which would run. */
  readonly runs?: true;
  /** It only reads: where there is no store, none is made. */
  readonly makesNoStore?: true;
  readonly least?: number;
  readonly most?: number;
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
}

export const PIPELINE: readonly Flag[] = [
  {
    name: 'file',
    short: 'f',
    value: 'PATH',
    describe: 'The pipeline file. Default: pipeline.yaml, .ts … here or further up.',
  },
  { name: 'pipeline', short: 'p', value: 'NAME', describe: 'Which pipeline of the file, where it has several.' },
  {
    name: 'set',
    value: 'NAME=VALUE',
    many: true,
    describe: 'Set a parameter, or a field of a stage: answers.temperature=0.2.',
  },
  { name: 'overrides', value: 'PATH', many: true, describe: 'A file of such settings.' },
];

export const COMMON: readonly Flag[] = [
  { name: 'store', value: 'PATH', describe: 'Where outputs are remembered; user: one store for all your projects.' },
  {
    name: 'config',
    value: 'PATH',
    describe: "Settings. Default: millrace.config.json, or .ts in the pipeline's folder.",
  },
  {
    name: 'env-file',
    value: 'PATH',
    many: true,
    describe: "Variables such as keys. Default: .env.local and .env in the project's root; what is set already wins.",
  },
  { name: 'no-env-file', describe: 'Read no such file.' },
  { name: 'json', describe: 'Print JSON.' },
  { name: 'quiet', short: 'q', describe: 'Print only what went wrong.' },
  { name: 'verbose', short: 'v', describe: 'Print where in the code an error happened.' },
  { name: 'help', short: 'h', describe: 'Print this.' },
];

export const RUN: readonly Flag[] = [
  {
    name: 'rows',
    value: 'N',
    is: 'count',
    describe: 'Only the first N rows of each source. They count when the rest follows.',
  },
  { name: 'name', value: 'NAME', describe: 'A name for this run, for runs, diff and check.' },
  { name: 'force', describe: 'Run the named stages whatever is remembered; all of them where none is named.' },
  { name: 'below', describe: 'With --force: and all that stands below them.' },
  {
    name: 'from',
    value: 'STAGE',
    many: true,
    describe: 'Run from this stage on; take what is above as it was stored last.',
  },
  { name: 'no-cache', describe: 'Remember nothing and use nothing remembered.' },
  {
    name: 'durability',
    value: 'WHEN',
    describe: 'each: an answer counts once it survives a power cut; second (default): within a second.',
  },
  { name: 'frozen', describe: 'Fail if anything would run: for continuous integration.' },
  { name: 'max-calls', value: 'N', is: 'count', describe: 'Stop before more than N calls are made.' },
  { name: 'max-cost', value: 'SUM', is: 'sum', describe: 'Stop before more than this is spent.' },
  { name: 'keep-going', describe: 'When a stage fails, go on with those that do not need it.' },
  { name: 'retry-failed', describe: 'Ask again for rows whose answer is a refusal.' },
  { name: 'concurrency', value: 'N', is: 'count', describe: 'Calls at once in a stage that does not say itself.' },
  { name: 'stages', value: 'N', is: 'count', describe: 'Stages at once.' },
  { name: 'dry-run', describe: 'Print what would run, as plan does.' },
];

export const DRY: Flag = { name: 'dry-run', describe: 'Print what would be removed; remove nothing.' };

export const REMAKE: Flag = {
  name: 'remake',
  describe: 'What is lost of it and has to be asked again, and perhaps paid: show what that takes, and make it again.',
};
