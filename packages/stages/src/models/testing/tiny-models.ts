import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tokenizer, tokenizerConfig, tokenOfByte, VOCABULARY } from './byte-tokenizer.js';
import { onnx } from './onnx.js';
import { ENCODER_SIZE, embedGraph, lmGraph, nliGraph } from './tiny-graphs.js';

/** Path within the folder → content. */
type Files = Readonly<Record<string, Buffer | object>>;

export type TinyModel = 'tiny-embed' | 'tiny-nli' | 'tiny-lm';

const NEWLINE = tokenOfByte(10);

const encoderConfig = { model_type: 'bert', vocab_size: VOCABULARY, hidden_size: ENCODER_SIZE, pad_token_id: 0 };

const embedFiles = (): Files => ({
  'config.json': { ...encoderConfig, architectures: ['BertModel'], num_attention_heads: 1, num_hidden_layers: 1 },
  'tokenizer.json': tokenizer('marked'),
  'tokenizer_config.json': tokenizerConfig(),
  'onnx/model.onnx': onnx(embedGraph()),
});

const nliFiles = (): Files => ({
  'config.json': {
    ...encoderConfig,
    architectures: ['BertForSequenceClassification'],
    id2label: { 0: 'contradiction', 1: 'neutral', 2: 'entailment' },
    label2id: { contradiction: 0, neutral: 1, entailment: 2 },
  },
  'tokenizer.json': tokenizer('marked'),
  // Only tokenizers of BERT's class tell the two segments apart.
  'tokenizer_config.json': tokenizerConfig({ tokenizer_class: 'BertTokenizer' }),
  'onnx/model.onnx': onnx(nliGraph()),
});

const CHAT =
  "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\\n' }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

const lmFiles = (): Files => ({
  'config.json': {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    vocab_size: VOCABULARY,
    n_embd: VOCABULARY,
    n_head: 1,
    n_layer: 1,
    n_positions: 2048,
    bos_token_id: 1,
    eos_token_id: NEWLINE,
    pad_token_id: 0,
  },
  'generation_config.json': { eos_token_id: NEWLINE, pad_token_id: 0, bos_token_id: 1, max_new_tokens: 64 },
  'tokenizer.json': tokenizer('bare'),
  'tokenizer_config.json': tokenizerConfig({ chat_template: CHAT }),
  'onnx/model.onnx': onnx(lmGraph()),
});

const MODELS: Readonly<Record<TinyModel, () => Files>> = {
  'tiny-embed': embedFiles,
  'tiny-nli': nliFiles,
  'tiny-lm': lmFiles,
};

/**
 * Writes three real ONNX models, of 84 KB to 1 MB and the same bytes on every machine: vectors that see letters
 * (`tiny-embed`), zero-shot classification by the same vectors (`tiny-nli`), and a generator that continues a pattern
 * of its prompt up to the end of the line (`tiny-lm`). Answers where each lies.
 */
export async function writeTinyModels(folder: string): Promise<Record<TinyModel, string>> {
  const names = Object.keys(MODELS) as TinyModel[];
  for (const name of names) await save(join(folder, name), MODELS[name]());
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<TinyModel, string>;
}

async function save(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, Buffer.isBuffer(content) ? content : JSON.stringify(content));
  }
}
