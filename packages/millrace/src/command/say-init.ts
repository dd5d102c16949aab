import { resolve } from 'node:path';
import { workingFolder } from '../process.js';
import { suggested } from '../render/suggested.js';
import { foundModels } from './found-models.js';
import { init } from './init.js';
import type { Run } from './session.js';

export const command: Run = async (line, session) => {
  const folder = resolve(workingFolder(), line.words[0] ?? '.');
  const done = init({ folder, model: line.text('model'), force: line.has('force') });
  const found = line.has('model') ? [] : await foundModels();
  if (session.json) session.tell({ ...done, found });
  session.say([
    `${done.files.join(', ')} in ${folder}`,
    `the model is ${done.model}${done.model.startsWith('test/') ? ', which is embedded: no key, no network' : ''}`,
    ...found.map(({ what, model }) => `found ${what}: ${suggested('run', '--set', `model=${model}`)} asks it instead`),
    'run it: npx millrace run',
  ]);
  return 0;
};
