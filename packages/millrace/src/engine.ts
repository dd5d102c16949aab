import * as command from './command/index.js';
import { main } from './command/main.js';
import * as core from './core.js';
import * as millrace from './index.js';

/** All there is in one file, so that the command and what users import share one copy, and start fast. */
export { command, core, main, millrace };

export interface Engine {
  readonly main: typeof main;
}
