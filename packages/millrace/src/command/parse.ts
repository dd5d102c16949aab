import { parseArgs } from 'node:util';
import { nearest } from '@millrace/core';
import { Mistake } from '../mistake.js';
import { COMMON, type CommandSaid, type Flag } from './flags.js';

/** A command line, taken apart and checked. */
export interface Line {
  readonly words: readonly string[];
  /** Where there is no store, none is made. */
  readonly makesNoStore: boolean;
  has(flag: string): boolean;
  text(flag: string): string | undefined;
  texts(flag: string): readonly string[];
  number(flag: string): number | undefined;
}

/** Checked against what the command says of itself. */
export function parseLine(said: CommandSaid, given: readonly string[]): Line {
  const flags = [...said.flags, ...COMMON];
  const { tokens, positionals } = parseArgs({
    args: given.map((word, i) => (isAlone(word, given[i + 1], flags) ? `${word}=` : word)),
    options: Object.fromEntries(flags.map(optionOf)),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = flags.find(({ name }) => name === token.name);
    if (!flag) throw unknownFlag(said, token.rawName, flags);
    values.set(flag.name, [...(flag.many ? (values.get(flag.name) ?? []) : []), givenValue(said, flag, token.value)]);
  }
  checkWords(said, positionals);
  return {
    words: positionals,
    makesNoStore: said.makesNoStore === true || (said.runs === true && values.has('dry-run')),
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
    number: (name) => {
      const text = values.get(name)?.at(-1);
      return text ? Number(text) : undefined;
    },
  };
}

/** A flag that may have a value, and has none. */
const isAlone = (word: string, next: string | undefined, flags: readonly Flag[]): boolean =>
  flags.some(
    ({ name, optional, is }) => optional && word === `--${name}` && !(is && next !== undefined && FORMS[is].test(next)),
  );

const optionOf = ({ name, short, value, many }: Flag) =>
  [
    name,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(short && { short }),
      ...(many && { multiple: true }),
    },
  ] as const;

function givenValue(said: CommandSaid, flag: Flag, value: string | undefined): string {
  if (flag.value === undefined) {
    if (value !== undefined)
      throw wrong(said, `--${flag.name} takes no value, and ${value} stands behind it`, `Write --${flag.name}`);
    return '';
  }
  if (value === '' && flag.optional) return '';
  if (value === undefined || value === '')
    throw wrong(said, `--${flag.name} needs a value`, `Write --${flag.name} ${flag.value}`);
  if (flag.is && !FORMS[flag.is].test(value))
    throw wrong(said, `--${flag.name} ${value} is not ${SAID[flag.is]}`, `Write --${flag.name} ${EXAMPLE[flag.is]}`);
  return value;
}

const FORMS = { count: /^\d{1,15}$/, sum: /^\d+(\.\d+)?$/, share: /^\d+(\.\d+)?%?$/ };
const SAID = { count: 'a whole number', sum: 'a number', share: 'a share' };
const EXAMPLE = { count: '20', sum: '2.50', share: '2%' };

function checkWords(said: CommandSaid, words: readonly string[]): void {
  const { least = 0, most = Number.POSITIVE_INFINITY } = said;
  if (words.length < least) throw wrong(said, `it needs ${said.takes}`, `Write ${said.examples[0]}`);
  if (words.length > most)
    throw wrong(said, `${words[most]} stands where nothing is expected`, `Write ${said.examples[0]}`);
}

const wrong = (said: CommandSaid, why: string, now: string): Mistake =>
  new Mistake(`Cannot run millrace ${said.name}: ${why}. ${now}, or see millrace ${said.name} --help.`);

function unknownFlag(said: CommandSaid, raw: string, flags: readonly Flag[]): Mistake {
  const close = nearest(
    raw.replace(/^-+/, ''),
    flags.map(({ name }) => name),
  );
  const now = close === undefined ? 'Leave it out.' : `Did you mean --${close}?`;
  return new Mistake(`Cannot run millrace ${said.name}: it has no ${raw}. ${now} See millrace ${said.name} --help.`);
}
