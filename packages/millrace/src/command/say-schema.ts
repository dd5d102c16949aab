import { pipelineSchema } from '../file/schema.js';
import { jsonText, type Run } from './session.js';

export const command: Run = async (_, session) => {
  session.terminal.write(`${jsonText(pipelineSchema(), 2)}\n`);
  return 0;
};
