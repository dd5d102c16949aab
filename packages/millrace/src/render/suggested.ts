import { COMMON, type Flag } from '../command/flags.js';
import type { Line } from '../command/parse.js';
import { COMMANDS } from '../command/said.js';

/** A word of a command that people are told to type, as a shell takes it. */
const typed = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** They say which pipeline, store and settings are meant. */
const REPEATED = new Set(['file', 'pipeline', 'set', 'overrides', 'store', 'config', 'env-file', 'no-env-file']);

let given: Pick<Line, 'has' | 'texts'> = { has: () => false, texts: () => [] };

/** From now on suggested commands mean the same pipeline, store and settings as this command line. */
export function suggestFor(line: Pick<Line, 'has' | 'texts'>): void {
  given = line;
}

/** A command that people are told to type: with the flags of the command line that it needs, it can be pasted. */
export function suggested(name: string, ...words: readonly string[]): string {
  const own = COMMANDS.find((command) => command.name === name)?.flags ?? [];
  const flags = [...own, ...COMMON].filter((flag) => REPEATED.has(flag.name) && given.has(flag.name));
  return ['millrace', name, ...flags.flatMap(repeated), ...words.map(typed)].join(' ');
}

const repeated = ({ name, value }: Flag): string[] =>
  value === undefined ? [`--${name}`] : given.texts(name).map((text) => `--${name} ${typed(text)}`);
