#!/usr/bin/env node
import { endWith, givenArguments, terminal } from '../process.js';
import { painter } from '../render/paint.js';
import { LOAD } from './commands.js';
import { errorLines, exitCodeOf } from './errors.js';
import { helpOf, overview } from './help.js';
import { parseLine } from './parse.js';
import { COMMANDS } from './said.js';
import { jsonText, type Session } from './session.js';

/** From the command line to the exit code. */
async function main(given: readonly string[]): Promise<number> {
  const screen = terminal();
  const [name, ...rest] = given;
  if (name === undefined || ['help', '--help', '-h'].includes(name)) return help(rest[0], screen.write);
  if (name === '--version' || name === '-V') return version(screen.write);
  try {
    const command = COMMANDS.find((each) => each.name === name);
    if (!command) throw await unknown(name);
    const line = await parseLine(command, rest);
    if (line.has('help')) return print(helpOf(command), screen.write);
    const session = sessionOn(screen, { json: line.has('json'), quiet: line.has('quiet') });
    return await (await loadOf(command.name)()).command(line, session);
  } catch (error) {
    screen.warn(
      `${errorLines(
        error,
        rest.some((word) => word === '--verbose' || word === '-v'),
      ).join('\n')}\n`,
    );
    return exitCodeOf(error);
  }
}

function loadOf(name: string) {
  const load = LOAD[name];
  if (load) return load;
  throw new Error(`BUG: the command ${name} is said and not written.`);
}

const print = (text: string, write: (text: string) => void): number => {
  write(text);
  return 0;
};

function help(name: string | undefined, write: (text: string) => void): number {
  const command = COMMANDS.find((each) => each.name === name);
  return print(command ? helpOf(command) : overview(COMMANDS), write);
}

async function version(write: (text: string) => void): Promise<number> {
  const { VERSION } = await import('./version.js');
  return print(`${VERSION}\n`, write);
}

async function unknown(name: string): Promise<Error> {
  const { Mistake } = await import('../mistake.js');
  const { spelled } = await import('../render/spelling.js');
  return new Mistake(
    `There is no command ${name}. ${spelled(
      name,
      COMMANDS.map((each) => each.name),
      'There are',
    )} See millrace --help.`,
  );
}

function sessionOn(screen: ReturnType<typeof terminal>, { json, quiet }: Pick<Session, 'json' | 'quiet'>): Session {
  return {
    terminal: screen,
    paint: painter(screen.color),
    json,
    quiet,
    say: (lines) => {
      if (!json && !quiet && lines.length) screen.write(`${lines.join('\n')}\n`);
    },
    tell: (value) => screen.write(`${jsonText(value)}\n`),
  };
}

endWith(await main(givenArguments()));
