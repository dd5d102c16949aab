import { environment } from '../process.js';

export interface FoundModel {
  readonly what: string;
  readonly model: string;
}

const KEYS: readonly (readonly [key: string, model: string])[] = [
  ['OPENAI_API_KEY', 'openai/gpt-4o-mini'],
  ['OPENROUTER_API_KEY', 'openrouter/openai/gpt-4o-mini'],
  ['MISTRAL_API_KEY', 'mistral/mistral-small-latest'],
];

const WAIT_MS = 300;

/** Keys in the environment and servers on this machine that could answer. Keys are looked for by name; none is read or sent. */
export async function foundModels(): Promise<FoundModel[]> {
  const keys = KEYS.filter(([key]) => environment(key)).map(([key, model]) => ({ what: key, model }));
  return [...keys, ...(await ollama())];
}

async function ollama(): Promise<FoundModel[]> {
  try {
    const answer = await fetch('http://127.0.0.1:11434/api/tags', { signal: AbortSignal.timeout(WAIT_MS) });
    const { models = [] } = (await answer.json()) as { models?: { name: string }[] };
    return models.slice(0, 3).map(({ name }) => ({ what: 'Ollama on this machine', model: `ollama/${name}` }));
  } catch {
    return [];
  }
}
