import type { Size, Unit } from './pack.js';
import { sentencesOf } from './sentences.js';

const CJK = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}';
/** A run of letters and digits (each 12 of a longer run), one ideograph or kana, or one other sign that is no space. */
const TOKEN = new RegExp(`[${CJK}]|(?:(?![${CJK}])[\\p{L}\\p{M}\\p{N}_]){1,12}|\\S`, 'gu');

/** An estimate that needs no vocabulary and is the same for ever; real tokenizers say 1 to 1.5 times as many. */
export const countTokens = (text: string): number => text.match(TOKEN)?.length ?? 0;

export const tokenUnits = (text: string, offset = 0): Unit[] =>
  Array.from(text.matchAll(TOKEN), (match) => unit(offset + match.index, match[0].length, 1));

/** Characters are code points: a pair of surrogates is never cut. */
export function characterUnits(text: string): Unit[] {
  let at = 0;
  return Array.from(text, (character) => {
    const made = unit(at, character.length, 1);
    at = made.end;
    return made;
  });
}

/** Sentences weighed in tokens; one that is longer than a chunk falls apart into tokens. */
export const sentenceUnits = (text: string, { size }: Size, offset = 0): Unit[] =>
  sentencesOf(text).flatMap((sentence) => {
    const part = text.slice(sentence.start, sentence.end);
    const weight = countTokens(part);
    if (weight > size) return tokenUnits(part, offset + sentence.start);
    return [{ ...unit(offset + sentence.start, part.length, weight), closes: sentence.endsParagraph }];
  });

const unit = (start: number, length: number, weight: number): Unit => ({
  start,
  end: start + length,
  weight,
  closes: false,
});
