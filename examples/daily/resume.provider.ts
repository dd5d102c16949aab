import { appendFileSync, existsSync } from 'node:fs';

interface Asked {
  readonly prompt: readonly { readonly content: readonly { readonly text: string }[] }[];
}

/** A model object as providers of the AI SDK make them. It notes each call in a file, and breaks on some questions. */
export const sums = {
  specificationVersion: 'v3',
  provider: 'sums',
  modelId: 'sums-7b',
  async doGenerate({ prompt }: Asked) {
    const [a = 0, b = 0] = [...String(prompt[0]?.content[0]?.text).matchAll(/\d+/g)].map(Number);
    appendFileSync('calls.log', `${a}\n`);
    await new Promise(setImmediate);
    if (a % 1351 === 700 && !existsSync('mended'))
      throw Object.assign(new Error('the model broke'), { statusCode: 503 });
    return {
      content: [{ type: 'text', text: String(a + b) }],
      finishReason: { unified: 'stop' },
      usage: { inputTokens: { total: 8 }, outputTokens: { total: 1 } },
      warnings: [],
    };
  },
};
