/** An endpoint that speaks OpenAI's protocol, as the prefix of a model's name. */
export interface Provider {
  readonly baseURL: string;
  /** The environment variable its keys are known by. */
  readonly key?: string;
}

export const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: { baseURL: 'https://api.openai.com/v1', key: 'OPENAI_API_KEY' },
  openrouter: { baseURL: 'https://openrouter.ai/api/v1', key: 'OPENROUTER_API_KEY' },
  groq: { baseURL: 'https://api.groq.com/openai/v1', key: 'GROQ_API_KEY' },
  mistral: { baseURL: 'https://api.mistral.ai/v1', key: 'MISTRAL_API_KEY' },
  deepseek: { baseURL: 'https://api.deepseek.com/v1', key: 'DEEPSEEK_API_KEY' },
  together: { baseURL: 'https://api.together.xyz/v1', key: 'TOGETHER_API_KEY' },
  fireworks: { baseURL: 'https://api.fireworks.ai/inference/v1', key: 'FIREWORKS_API_KEY' },
  ollama: { baseURL: 'http://localhost:11434/v1' },
  vllm: { baseURL: 'http://localhost:8000/v1' },
  llamacpp: { baseURL: 'http://localhost:8080/v1' },
  lmstudio: { baseURL: 'http://localhost:1234/v1' },
};

/** OpenAI's newer models refuse the field that every other server knows. */
export const maxTokensField = (baseURL: string): string =>
  baseURL === PROVIDERS.openai?.baseURL ? 'max_completion_tokens' : 'max_tokens';
