import type { PlainObject } from '../port.js';

const SPECIAL = ['<pad>', '<s>', '</s>', '<unk>'] as const;

/** Tokens 0–3 are special, 4–259 are the bytes of UTF-8: every text of every language has tokens, and no vocabulary is learnt. */
export const VOCABULARY = SPECIAL.length + 256;
export const tokenOfByte = (byte: number): number => SPECIAL.length + byte;

// The alphabet that byte-level BPE has used since GPT-2: printable bytes stand for themselves, the others follow from U+0100.
function alphabet(): readonly string[] {
  const printable = (b: number) => (b > 32 && b < 127) || (b > 160 && b < 173) || b > 173;
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
}

const vocabulary = (): PlainObject =>
  Object.fromEntries([...SPECIAL, ...alphabet()].map((token, id) => [token, id] as const));

const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });

// A text without tokens has no mean: the markers keep an empty text from becoming NaN.
const MARKED: PlainObject = {
  type: 'TemplateProcessing',
  single: [special('<s>', 0), sequence('A', 0), special('</s>', 0)],
  pair: [special('<s>', 0), sequence('A', 0), special('</s>', 0), sequence('B', 1), special('</s>', 1)],
  special_tokens: {
    '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] },
    '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] },
  },
};

/** `tokenizer.json`; a marked one lowers its texts and puts `<s>` and `</s>` around them. */
export function tokenizer(kind: 'marked' | 'bare'): PlainObject {
  const marked = kind === 'marked';
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: marked ? { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] } : null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    post_processor: marked ? MARKED : null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: vocabulary(),
      merges: [],
    },
  };
}

/** `tokenizer_config.json`. */
export const tokenizerConfig = (more: PlainObject = {}): PlainObject => ({
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: 2048,
  clean_up_tokenization_spaces: false,
  pad_token: '<pad>',
  bos_token: '<s>',
  eos_token: '</s>',
  unk_token: '<unk>',
  add_bos_token: false,
  ...more,
});
