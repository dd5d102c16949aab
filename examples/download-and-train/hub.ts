import { type HubServer, startHubServer } from '../../packages/stages/src/models/testing/hub-server.js';

const BUCKETS = 2048;
const COMMITS = { model: 'a'.repeat(40), data: 'd'.repeat(40) };

/** A hub of this machine, with a small base model and a data set of reviews. */
export async function startDemoHub(port = 0): Promise<HubServer> {
  const hub = await startHubServer({ port });
  hub.put('demo/tiny-base', {
    commit: COMMITS.model,
    files: {
      'config.json': Buffer.from(JSON.stringify({ buckets: BUCKETS, labels: ['negative', 'positive'] })),
      'tokenizer.json': Buffer.from(JSON.stringify({ words: '[a-z]+', lowercase: true })),
      'weights.bin': Buffer.alloc(4 * BUCKETS),
    },
  });
  hub.put('datasets/demo/reviews', {
    commit: COMMITS.data,
    files: { 'train.jsonl': reviews(2000, 1), 'validation.jsonl': reviews(300, 2) },
  });
  return hub;
}

const THINGS = ['film', 'book', 'hotel', 'phone', 'meal', 'concert', 'coat', 'game', 'trip', 'lamp'];
const GOOD = ['wonderful', 'great', 'lovely', 'superb', 'clever', 'charming', 'solid', 'bright'];
const BAD = ['dull', 'broken', 'awful', 'noisy', 'poor', 'clumsy', 'stale', 'rude'];
const MIXED = ['long', 'short', 'new', 'expensive', 'quiet', 'large'];
const ENDS = ['I would do it again.', 'That is all I can say.', 'My sister thought so too.', 'It took a week.'];

/** Short reviews; one word in five speaks against the label. */
function reviews(many: number, seed: number): Buffer {
  let state = seed;
  const pick = <T>(list: readonly T[]): T => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)] as T;
  };
  const line = () => {
    const label = pick(['positive', 'negative']);
    const word = () => pick((pick([1, 2, 3, 4, 5]) === 1) === (label === 'positive') ? BAD : GOOD);
    const text = `The ${pick(THINGS)} was ${pick(MIXED)} and ${word()}, the ${pick(THINGS)} ${word()}, the rest ${word()}. ${pick(ENDS)}`;
    return `${JSON.stringify({ text, label })}\n`;
  };
  return Buffer.from(Array.from({ length: many }, line).join(''));
}
