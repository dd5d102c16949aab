import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import { completion, SHELLS } from './completion.js';
import { COMMANDS } from './said.js';
import type { Run } from './session.js';

export const command: Run = async (line, session) => {
  const said = line.words[0] as string;
  const shell = SHELLS.find((each) => each === said);
  if (!shell) throw new Mistake(`There is no completion for ${said}. ${spelled(said, SHELLS, 'There are')}`);
  session.terminal.write(completion(shell, COMMANDS));
  return 0;
};
