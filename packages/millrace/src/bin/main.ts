import { join } from 'node:path';
import { helpOf, overview } from '../command/help.js';
import { COMMANDS } from '../command/said.js';
import type { Engine } from '../engine.js';
import { endWith, failWithoutEnd, givenArguments, printToStderr, terminal } from '../process.js';
import { loadEngine } from './engine-file.js';

/** Set by the build. */
declare const MILLRACE_VERSION: string;

const HELP = new Set(['help', '--help', '-h']);
const VERSION = new Set(['--version', '-V']);

/** What needs no engine is answered without it. */
async function main(given: readonly string[]): Promise<number> {
  const screen = terminal();
  const [name = 'help', ...rest] = given;
  const command = COMMANDS.find((each) => each.name === (HELP.has(name) ? rest[0] : name));
  if (HELP.has(name) || (command && rest.some((word) => HELP.has(word) && word !== 'help'))) {
    screen.write(command ? helpOf(command) : overview(COMMANDS));
    return 0;
  }
  if (VERSION.has(name)) {
    screen.write(`${MILLRACE_VERSION}\n`);
    return 0;
  }
  printToStderr();
  const { exports, keep } = loadEngine<Engine>(join(__dirname, 'engine.js'));
  const done = failWithoutEnd(endedEarly);
  const code = await exports.main(given, screen);
  done();
  keep();
  return code;
}

const endedEarly = (code: number): string =>
  `The command ended before it was done: code of the pipeline or of a package called process.exit(${code}). What was answered is kept. Let that code throw an error instead, and run again.`;

main(givenArguments()).then(endWith);
