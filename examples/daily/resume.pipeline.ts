import { aiModel, generate, pipeline, rowsSource } from 'millrace';
import { sums } from './resume.provider.js';

const questions = rowsSource(
  Array.from({ length: 50_000 }, (_, id) => ({ id, question: `What is ${id} + ${id % 97}?` })),
);

const answers = generate(
  questions,
  {
    model: aiModel(sums, { endpoint: 'https://sums.example/v1' }),
    temperature: 0,
    prompt: '{{question}}',
    into: 'answer',
  },
  { concurrency: 64, retries: 0 },
);

export default pipeline({ questions, answers });
