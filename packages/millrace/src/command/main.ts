import { askEnvFiles } from '../env/load.js';
import { Mistake } from '../mistake.js';
import type { Terminal } from '../process.js';
import { textOn } from '../render/lines.js';
import { painter } from '../render/paint.js';
import { spelled } from '../render/spelling.js';
import { suggestFor } from '../render/suggested.js';
import { RUN_BY_NAME } from './commands.js';
import { errorLines, exitCodeOf } from './errors.js';
import { parseLine } from './parse.js';
import { COMMANDS } from './said.js';
import { type Run, type Session, screenJson } from './session.js';

/** From the command line to the exit code. */
export async function main(given: readonly string[], screen: Terminal): Promise<number> {
  const [name = '', ...rest] = given;
  try {
    const said = COMMANDS.find((each) => each.name === name);
    if (!said) throw unknown(name);
    const line = parseLine(said, rest);
    suggestFor(line);
    askEnvFiles(
      line.has('no-env-file') ? 'none' : line.has('env-file') ? line.texts('env-file') : undefined,
      said.runs === true,
    );
    return await commandNamed(name)(line, sessionOn(screen, { json: line.has('json'), quiet: line.has('quiet') }));
  } catch (error) {
    const verbose = rest.some((word) => word === '--verbose' || word === '-v');
    screen.warn(textOn(screen, errorLines(error, verbose)));
    return exitCodeOf(error);
  }
}

function commandNamed(name: string): Run {
  const run = RUN_BY_NAME[name];
  if (run) return run;
  throw new Error(`BUG: the command ${name} is said and not written.`);
}

function unknown(name: string): Mistake {
  const names = COMMANDS.map((each) => each.name);
  return new Mistake(`There is no command ${name}. ${spelled(name, names, 'There are')} See millrace --help.`);
}

function sessionOn(screen: Terminal, { json, quiet }: Pick<Session, 'json' | 'quiet'>): Session {
  return {
    terminal: screen,
    paint: painter(screen.color),
    json,
    quiet,
    say: (lines) => {
      if (!json && !quiet && lines.length) screen.write(textOn(screen, lines));
    },
    tell: (value) => screen.write(`${screenJson(value)}\n`),
  };
}
