import { evaluate, exactMatch, extract, generate, model, number, params, pipeline, source } from 'millrace';

const { endpoint } = params({ endpoint: 'http://localhost:8000/v1' });
const at = { baseURL: endpoint };

const questions = source.jsonl('data/questions.jsonl', { columns: { id: 'text', question: 'text', gold: 'text' } });

const answers = generate(questions, {
  across: {
    model: { small: model('small-1', at), medium: model('medium-1', at), large: model('large-2', at) },
    prompt: {
      plain: '{{question}}\nAnswer with a number.',
      steps: '{{question}}\nThink step by step, then answer.',
    },
  },
  temperature: 0,
  into: 'answer',
});

const parsed = extract(answers, { from: 'answer', with: number({ match: 'last' }) });

const scores = evaluate(parsed, {
  prediction: 'value',
  reference: 'gold',
  metrics: { exact: exactMatch() },
});

export default pipeline({ questions, answers, scores, summary: scores.summary });
