import { map, pipeline, source, split } from 'millrace';
import { logitsOf, Session } from './session.js';

const module = { name: 'tiny-gpt', width: 8, seed: 7 };

const prompts = source.generator({
  columns: { id: 'int', prompt: 'text', tokens: { tensor: 'int64', shape: [2] } },
  with: { rows: 32 },
  *run({ rows }: { rows: number }) {
    for (let id = 0; id < rows; id++)
      yield { id, prompt: `the answer to ${id}`, tokens: BigInt64Array.of(BigInt(id), BigInt(50_000 - id)) };
  },
});

const { test } = split(prompts, { parts: { train: 0.75, test: 0.25 }, by: 'id' });

const answers = map(test, {
  reads: ['tokens'],
  with: { module },
  open: () => new Session({ device: 'cpu', log: 'session.log' }),
  run: ({ tokens }, { module }, session) => {
    session.log(`tokens ${tokens.join(', ')}`);
    return { answer_logits: logitsOf(session.weights(module), tokens, module) };
  },
  columns: { answer_logits: { tensor: 'float32', shape: [2, 50257] } },
});

export default pipeline({ prompts, test, answers });
