import { cannot, textMessages } from './abilities.js';
import type { EchoModel } from './config.js';
import { fillSchema } from './echo-schema.js';
import { hash32 } from './hash.js';
import type { Finish, GenerateModel, GenerateRequest } from './port.js';

const NAME = 'test/echo';

/**
 * No language model: it solves the last `a + b` of the prompt (also - and *), and repeats the prompt if there is none.
 * Above temperature 0 every fourth or so draw is off by one, by the seed, so that sampling has something to show.
 */
export function echoGenerate(model: EchoModel): GenerateModel {
  return {
    identity: { ...model },
    async generate(request, ctx) {
      ctx.signal.throwIfAborted();
      cannot(NAME, request, ['logprobs', 'extra']);
      const started = performance.now();
      const prompt = lastUserText(request);
      const full = say(model, request, prompt);
      const { text, finish } = cut(full, request);
      const usage = { input: tokens(prompt).length, output: tokens(text).length };
      return { text, finish, usage, model: NAME, latencyMs: performance.now() - started };
    },
  };
}

const lastUserText = (request: GenerateRequest): string =>
  textMessages(NAME, request)
    .filter((message) => message.role === 'user')
    .at(-1)?.content ?? '';

function say(model: EchoModel, request: GenerateRequest, prompt: string): string {
  const answer = solve(prompt, slip(request, prompt)) ?? prompt.trim();
  if (request.schema) return JSON.stringify(fillSchema(request.schema.schema, answer));
  return model.template.replace(/\{\{(answer|prompt)\}\}/g, (_, name) => (name === 'answer' ? answer : prompt));
}

const SUM = /(-?\d+)\s*([-+*×])\s*(-?\d+)/g;

/** The last sum of a text, exactly, however long its numbers. */
function solve(text: string, off = 0n): string | undefined {
  const [, a, sign, b] = [...text.matchAll(SUM)].at(-1) ?? [];
  if (a === undefined || b === undefined) return undefined;
  const [x, y] = [BigInt(a), BigInt(b)];
  return String((sign === '+' ? x + y : sign === '-' ? x - y : x * y) + off);
}

const slip = ({ temperature = 0, seed = 0 }: GenerateRequest, prompt: string): bigint =>
  temperature > 0 && hash32(`${seed} ${prompt}`) % 4 === 0 ? 1n : 0n;

const tokens = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

function cut(
  full: string,
  { stop = [], maxTokens = Number.POSITIVE_INFINITY }: GenerateRequest,
): { text: string; finish: Finish } {
  const ends = stop.map((s) => full.indexOf(s)).filter((at) => at >= 0);
  const stopped = full.slice(0, Math.min(full.length, ...ends));
  const all = tokens(stopped);
  if (all.length <= maxTokens) return { text: stopped, finish: 'stop' };
  return { text: all.slice(0, maxTokens).join(''), finish: 'length' };
}
