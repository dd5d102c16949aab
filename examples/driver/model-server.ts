import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startOpenAIServer } from '../../packages/stages/src/models/testing/openai-server.js';
import type { Seen } from '../../packages/stages/src/models/testing/wire.js';

export interface ModelServer {
  readonly endpoint: string;
  /** Calls since the last time this was asked, by model. */
  calls(): Readonly<Record<string, number>>;
  /** Calls since the server started. */
  total(): number;
  close(): Promise<void>;
}

export interface ModelServerOptions {
  /** A file of questions and the right answers: what the models know. */
  readonly knows: string;
  /** model → how much of it, of 100. Default: 70. */
  readonly skill?: Readonly<Record<string, number>>;
  readonly delayMs?: number;
}

interface Body {
  readonly model: string;
  readonly temperature?: number;
  readonly messages: readonly { readonly content: string }[];
}

/** Models on a real server of this machine. An answer depends on the model's name, the temperature and the prompt. */
export async function startModels({ knows, skill = {}, delayMs = 0 }: ModelServerOptions): Promise<ModelServer> {
  const gold = goldIn(knows);
  const server = await startOpenAIServer({ delayMs });
  let from = 0;
  server.route('POST /v1/chat/completions', ({ body }: Seen) => {
    const { model, messages, temperature = 1 } = body as Body;
    const prompt = messages.map(({ content }) => content).join('\n');
    const text = answerTo(prompt, gold, luck(`${model} ${temperature} ${prompt}`) < (skill[model] ?? 70));
    const choice = { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' };
    const usage = { prompt_tokens: prompt.length >> 2, completion_tokens: text.length >> 2, total_tokens: 0 };
    return { body: { id: 'c', object: 'chat.completion', created: 0, model, choices: [choice], usage } };
  });
  return {
    endpoint: server.baseURL,
    calls: () => {
      const made = server.seen.slice(from).map(({ body }) => (body as Body).model);
      from = server.seen.length;
      return counted(made);
    },
    total: () => server.seen.length,
    close: () => server.close(),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function goldIn(file: string): ReadonlyMap<string, string> {
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  return new Map(
    rows.map((line) => JSON.parse(line) as { question: string; gold: string }).map((row) => [row.question, row.gold]),
  );
}

/** A number of 0 … 99 that depends on the text alone. */
const luck = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) % 100;

function answerTo(prompt: string, gold: ReadonlyMap<string, string>, right: boolean): string {
  const question = prompt.split('\n').find((line) => gold.has(line)) ?? '';
  const value = Number(gold.get(question) ?? 0) + (right ? 0 : 1 + (luck(prompt) % 9));
  return /step by step/.test(prompt) ? `I read it twice, then I worked it out. The answer is ${value}.` : String(value);
}
