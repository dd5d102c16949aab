import { cluster, embed, generate, map, model, pipeline, source } from 'millrace';

const conversations = source.jsonl('data/conversations.jsonl', {
  columns: { id: 'text', topic: 'text', text: 'text' },
});

const summaries = generate(
  conversations,
  { model: model('test/echo'), temperature: 0, prompt: '{{text}}', into: 'summary' },
  { concurrency: 16 },
);

const vectors = embed(
  summaries,
  { from: 'summary', model: 'local/./models/tiny-embed', into: 'vector' },
  { format: 'arrow' },
);

const clusters = cluster(vectors, { from: 'vector', k: 5, text: 'summary', terms: 8, examples: 2 });

const report = map(clusters.summary, {
  reads: ['terms'],
  columns: { label: 'text' },
  run: ({ terms }) => ({ label: named(terms) }),
});

const COMMON = ['customer', 'agent', 'thank', 'thanks', 'you', 'hello', 'the', 'that'];

/** The words that tell a cluster, but those that stand in every conversation. */
function named(terms: readonly string[] | null): string {
  return (terms ?? [])
    .filter((term) => !COMMON.includes(term.toLowerCase()))
    .slice(0, 3)
    .join(', ');
}

export default pipeline({ conversations, summaries, vectors, clusters, report });
