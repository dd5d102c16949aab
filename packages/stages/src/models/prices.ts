import type { Price } from './config.js';
import type { Model } from './model.js';
import type { Usage } from './port.js';
import { PROVIDERS } from './providers.js';

const OPENAI: Readonly<Record<string, Price>> = {
  'gpt-5': { input: 1.25, output: 10, cached: 0.125 },
  'gpt-5-mini': { input: 0.25, output: 2, cached: 0.025 },
  'gpt-5-nano': { input: 0.05, output: 0.4, cached: 0.005 },
  'gpt-4.1': { input: 2, output: 8, cached: 0.5 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6, cached: 0.1 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4, cached: 0.025 },
  'gpt-4o': { input: 2.5, output: 10, cached: 1.25 },
  'gpt-4o-mini': { input: 0.15, output: 0.6, cached: 0.075 },
  o3: { input: 2, output: 8, cached: 0.5 },
  'o4-mini': { input: 1.1, output: 4.4, cached: 0.275 },
  'text-embedding-3-small': { input: 0.02, output: 0 },
  'text-embedding-3-large': { input: 0.13, output: 0 },
  'text-embedding-ada-002': { input: 0.1, output: 0 },
};

/** US dollars per million tokens at the vendor's own endpoint, as published in autumn 2025; prices change, so `options.price` wins. */
const PRICES: Readonly<Record<string, Readonly<Record<string, Price>>>> = {
  [PROVIDERS.openai!.baseURL]: OPENAI,
};

/** What a call cost, or nothing where the price or a count is not known: an unknown cost is never 0. */
export function costOf(model: Model, usage: Usage): number | undefined {
  const price = priceOf(model);
  if (!price || usage.input === undefined || usage.output === undefined) return undefined;
  const { cached = 0 } = usage;
  const perMillion =
    (usage.input - cached) * price.input + cached * (price.cached ?? price.input) + usage.output * price.output;
  return perMillion / 1_000_000;
}

const FREE: Price = { input: 0, output: 0 };

export function priceOf({ config, options }: Model): Price | undefined {
  if (options.price) return options.price;
  if (config.adapter === 'local' || config.adapter === 'echo' || config.adapter === 'ngram') return FREE;
  const undated = config.name.replace(/-\d{4}-\d{2}-\d{2}$/, '');
  return PRICES[config.endpoint]?.[undated];
}
