import { aligned } from '../render/lines.js';
import { COMMON, type CommandSaid, type Flag } from './flags.js';

const EXIT_CODES = `Exit codes: 0 done, 1 rows or a stage failed, 2 usage, 3 stopped by a budget, 4 something would run (plan),
130 interrupted.`;

/** What `millrace` alone prints. */
export const overview = (commands: readonly CommandSaid[]): string =>
  [
    'Pipelines whose stages remember.',
    '',
    'Usage: millrace <command> [options]',
    '',
    ...aligned(commands.map(({ name, describe }) => [`  ${name}`, firstSentence(describe)])),
    '',
    'millrace <command> --help says more.',
    EXIT_CODES,
    '',
  ].join('\n');

const firstSentence = (text: string): string => /^.*?[.](?= |$)/.exec(text)?.[0] ?? text;

export const helpOf = ({ name, describe, takes, flags, examples }: CommandSaid): string =>
  [
    describe,
    '',
    `Usage: millrace ${name}${takes && ` ${takes}`} [options]`,
    '',
    ...aligned([...flags, ...COMMON].map((flag) => [`  ${flagText(flag)}`, flag.describe])),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n');

const flagText = ({ name, short, value, optional, many }: Flag): string =>
  `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${optional ? `[${value}]` : value}` : ''}${many ? ' …' : ''}`;
