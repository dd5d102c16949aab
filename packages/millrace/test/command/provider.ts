import { type OpenAIServer, startOpenAIServer } from '../../../stages/src/models/testing/openai-server.js';
import type { Seen } from '../../../stages/src/models/testing/wire.js';
import { begin, type Files, type Said } from './millrace.js';
import { jsonl } from './questions.js';

export interface Provider extends OpenAIServer {
  /** From now on this text in a prompt is refused, for good or for now; nothing: all is answered. */
  refuse(text: string | undefined, status?: number): void;
}

/** A server that speaks as a provider does. The command runs beside it: `millrace` would wait in its place. */
export async function provider(): Promise<Provider> {
  let refused: { text: string; status: number } | undefined;
  const server = await startOpenAIServer({
    faultOf: (seen: Seen) =>
      refused && JSON.stringify(seen.body).includes(refused.text)
        ? { fault: 'status', status: refused.status, body: { error: { message: 'content policy' } } }
        : undefined,
  });
  return Object.assign(server, {
    refuse: (text: string | undefined, status = 400) => {
      refused = text === undefined ? undefined : { text, status };
    },
  });
}

export const beside = (folder: string, ...words: string[]): Promise<Said> => begin(folder, words).end;

/** `sums` questions for that server, and what is made of the answers. */
export const asking = ({ baseURL }: OpenAIServer, price = ''): Files => ({
  'data/sums.jsonl': jsonl([1, 2, 3, 4].map((n) => ({ id: n, sum: `${n} + 1` }))),
  'pipeline.yaml': `stages:
  sums: { source: data/sums.jsonl }
  answers:
    generate: sums
    model: { name: gpt-x, baseURL: "${baseURL}"${price} }
    prompt: "{{sum}}"
    into: answer
    options: { concurrency: 1, retries: 0 }
  long: { map: answers, with: ./text.ts#long }
`,
  'text.ts': 'export const long = ({ answer }) => ({ long: answer === null ? -1 : answer.length });\n',
});
