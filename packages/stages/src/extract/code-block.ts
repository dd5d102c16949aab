import { type Extracted, type Kind, type Match, nothing, picked } from './extracted.js';
import { fencedBlocks } from './fences.js';

export interface CodeBlockExtraction {
  readonly kind: 'codeBlock';
  /** only blocks that say so; '' takes any */
  readonly language: string;
  readonly match: Match;
}

export const codeBlock = ({
  language = '',
  match = 'first',
}: {
  readonly language?: string;
  readonly match?: Match;
} = {}): CodeBlockExtraction => Object.freeze({ kind: 'codeBlock', language: language.toLowerCase(), match });

export const codeBlockKind: Kind<CodeBlockExtraction> = {
  version: 1,
  reads: 'text',
  open:
    async ({ language, match }) =>
    (text: string): Extracted => {
      const blocks = fencedBlocks(text).filter((block) => language === '' || block.language === language);
      // Only the last block of a text can be open.
      const decisive = match === 'first' ? blocks[0] : blocks.at(-1);
      if (decisive && !decisive.closed) return nothing('cut-off');
      const texts = blocks.map((block) => block.text);
      return picked(texts, match);
    },
};
