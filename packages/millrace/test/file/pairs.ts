import type { Handle } from '@millrace/core';
import type * as millrace from '../../src/index.js';

export interface Pair {
  /** The stage that is compared is called `it`. */
  readonly yaml: string;
  readonly code: (m: typeof millrace) => Handle;
}

const rows = 'rows: { source: data.jsonl }';
const stages = (it: string, more = ''): string => `stages:\n  ${rows}\n${more}  it: ${it}\n`;
const vectors = (m: typeof millrace) =>
  m.embed(source(m), { from: 'text', model: m.model('test/ngram'), into: 'vector' });
const source = (m: typeof millrace) => m.source.jsonl('data.jsonl');
const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } as const;

const COMMIT = 'a'.repeat(40);

/** Each stage in both ways of writing it. A stage without a pair fails its test. */
export const PAIRS: Readonly<Record<string, Pair>> = {
  source: {
    yaml: 'stages: { it: { source: data.jsonl, columns: { id: int, text: text } } }\n',
    code: (m) => m.source.jsonl('data.jsonl', { columns: { id: 'int', text: 'text' } }),
  },
  rows: {
    yaml: 'stages: { it: { rows: [{ a: 1, b: x }, { a: 2, b: y }] } }\n',
    code: (m) =>
      m.source.rows([
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ]),
  },
  generate: {
    yaml: stages(
      '{ generate: rows, model: openai/gpt-4o-mini, temperature: 0.2, maxTokens: 9, prompt: "Q {{text}}", into: answer, samples: 2 }',
    ),
    code: (m) =>
      m.generate(source(m), {
        model: m.model('openai/gpt-4o-mini'),
        temperature: 0.2,
        maxTokens: 9,
        prompt: 'Q {{text}}',
        into: 'answer',
        samples: 2,
      }),
  },
  'generate with a schema, a chat and a model of its own': {
    yaml: stages(
      `{ generate: rows, model: { name: openai/gpt-4o-mini, temperature: 1, options: { requestsPerMinute: 5 } }, prompt: { system: Be brief., user: "{{text}}" }, into: answer, schema: ${JSON.stringify(schema)} }`,
    ),
    code: (m) =>
      m.generate(source(m), {
        model: m.model('openai/gpt-4o-mini', { temperature: 1 }, { requestsPerMinute: 9 }),
        prompt: { system: 'Be brief.', user: '{{text}}' },
        into: 'answer',
        schema,
      }),
  },
  extract: {
    yaml: stages("{ extract: rows, from: text, with: { regex: '(\\d+)$' }, into: value }"),
    code: (m) => m.extract(source(m), { from: 'text', with: m.regex(/(\d+)$/), into: 'value' }),
  },
  embed: {
    yaml: stages('{ embed: rows, from: text, model: test/ngram, into: vector, normalise: true }'),
    code: (m) => m.embed(source(m), { from: 'text', model: m.model('test/ngram'), into: 'vector', normalise: true }),
  },
  evaluate: {
    yaml: stages(
      '{ evaluate: rows, prediction: text, reference: gold, metrics: { em: exactMatch, f1: tokenF1 }, bootstrap: { replicates: 50 } }',
    ),
    code: (m) =>
      m.evaluate(
        source(m) as never,
        {
          prediction: 'text',
          reference: 'gold',
          metrics: { em: m.exactMatch(), f1: m.tokenF1() },
          bootstrap: { replicates: 50 },
        } as never,
      ),
  },
  'evaluate with a judge, a similarity and pass@k': {
    yaml: stages(
      '{ evaluate: rows, prediction: text, reference: gold, metrics: { j: { judge: { model: openai/gpt-4o-mini, prompt: "Good? {{text}}", temperature: 0, extract: number } }, s: { similarity: { model: test/ngram } }, p: { passAtK: { k: 1, correct: exactMatch } }, b: { bleu: { smoothing: floor } } } }',
    ),
    code: (m) =>
      m.evaluate(
        source(m) as never,
        {
          prediction: 'text',
          reference: 'gold',
          metrics: {
            j: m.judge({ model: 'openai/gpt-4o-mini', prompt: 'Good? {{text}}', temperature: 0, extract: m.number() }),
            s: m.similarity({ model: 'test/ngram' }),
            p: m.passAtK({ k: 1, correct: m.exactMatch() }),
            b: m.bleu({ smoothing: 'floor' }),
          },
        } as never,
      ),
  },
  chunk: {
    yaml: stages('{ chunk: rows, from: text, into: piece, size: 40, overlap: 5, by: characters }'),
    code: (m) =>
      m.chunk(source(m) as never, { from: 'text', into: 'piece', size: 40, overlap: 5, by: 'characters' } as never),
  },
  cluster: {
    yaml: stages(
      '{ cluster: v, from: vector, k: 2, seed: 3 }',
      '  v: { embed: rows, from: text, model: test/ngram, into: vector }\n',
    ),
    code: (m) => m.cluster(vectors(m) as never, { from: 'vector', k: 2, seed: 3 } as never) as never,
  },
  dedupe: {
    yaml: stages('{ dedupe: rows, near: { column: text, threshold: 0.9 } }'),
    code: (m) => m.dedupe(source(m), { near: { column: 'text', threshold: 0.9 } } as never),
  },
  explode: {
    yaml: stages('{ explode: rows, from: items, at: place }'),
    code: (m) => m.explode(source(m) as never, { from: 'items', at: 'place' } as never),
  },
  group: {
    yaml: stages('{ group: rows, by: gold, aggregates: { n: count, ids: { list: id } } }'),
    code: (m) => m.group(source(m) as never, { by: 'gold', aggregates: { n: 'count', ids: { list: 'id' } } } as never),
  },
  join: {
    yaml: stages(
      '{ join: rows, right: more, on: { id: number }, how: left, take: [gold] }',
      '  more: { source: data.jsonl }\n',
    ),
    code: (m) =>
      m.join(source(m) as never, source(m) as never, { on: { id: 'number' }, how: 'left', take: ['gold'] } as never),
  },
  limit: {
    yaml: stages('{ rows: 5, limit: rows, from: 1 }'),
    code: (m) => m.limit(source(m), { rows: 5, from: 1 }),
  },
  nearest: {
    yaml: stages(
      '{ nearest: v, among: v, from: vector, k: 2, self: skip }',
      '  v: { embed: rows, from: text, model: test/ngram, into: vector }\n',
    ),
    code: (m) =>
      m.nearest(vectors(m) as never, vectors(m) as never, { from: 'vector', k: 2, self: 'skip' } as never) as never,
  },
  sample: {
    yaml: stages('{ sample: rows, count: 3, seed: 2, by: [id] }'),
    code: (m) => m.sample(source(m) as never, { count: 3, seed: 2, by: ['id'] } as never),
  },
  sort: {
    yaml: stages('{ sort: rows, by: [gold, id], descending: id }'),
    code: (m) => m.sort(source(m) as never, { by: ['gold', 'id'], descending: 'id' } as never),
  },
  download: {
    yaml: `stages: { it: { download: owner/name, revision: ${COMMIT}, files: ['*.json'], options: { offline: true } } }\n`,
    code: (m) => m.download.model('owner/name', { revision: COMMIT, files: ['*.json'] }),
  },
  dataset: {
    yaml: `stages: { it: { dataset: owner/name, revision: ${COMMIT}, split: test, maxSamples: 5 } }\n`,
    code: (m) => m.download.dataset('owner/name', { revision: COMMIT, split: 'test', maxSamples: 5 }),
  },
  split: {
    yaml: stages(
      '{ limit: parts.test, rows: 2 }',
      '  parts: { split: rows, parts: { train: 0.8, test: 0.2 }, seed: 4 }\n',
    ),
    code: (m) =>
      m.limit(
        (
          m.split(source(m) as never, { parts: { train: 0.8, test: 0.2 }, seed: 4 } as never) as never as {
            test: never;
          }
        ).test,
        { rows: 2 },
      ) as never,
  },
  stack: {
    yaml: stages('{ stack: [rows, more], into: from, names: [a, b] }', '  more: { source: data.jsonl }\n'),
    code: (m) => m.stack({ a: source(m), b: source(m) } as never, { into: 'from' } as never) as never,
  },
  command: {
    yaml: 'stages:\n  rows: { source: data.jsonl }\n  it: { command: [cat, { input: rows }], inputs: { rows: rows }, outputs: { out: { jsonl: out.jsonl } } }\n',
    code: (m) =>
      (m as never as { command: (...given: unknown[]) => Handle }).command({
        argv: ['cat', { input: 'rows' }],
        inputs: { rows: source(m) },
        outputs: { out: { jsonl: 'out.jsonl' } },
      }),
  },
};
