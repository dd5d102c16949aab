import { keyBytes } from '../random/key.js';
import { sectionsOf } from './markdown.js';
import { pack, type Size, type Span } from './pack.js';
import { characterUnits, sentenceUnits, tokenUnits } from './units.js';

/** `size` and `overlap` count characters for `characters`, and tokens for all others. */
export interface ChunkSpec extends Size {
  readonly by: 'characters' | 'tokens' | 'sentences' | 'markdown';
}

export interface Chunk {
  /** digest of the text and, behind a dash, how many chunks before it in this document have the same text */
  readonly id: string;
  readonly text: string;
  /** where it stands in the document, in code units: text === document.slice(start, end) */
  readonly start: number;
  readonly end: number;
  /** the titles above it, outermost first; for `markdown` only */
  readonly headings: readonly string[];
}

interface Place extends Span {
  readonly headings: readonly string[];
}

/**
 * The chunks of a document, in order. An id names a chunk by its text, so that it survives an edit elsewhere:
 * `markdown` starts anew at each heading and `sentences` falls back into step at a paragraph, so that chunks there keep
 * their borders too; behind an edit in `characters` or `tokens` all borders move.
 */
export function chunk(text: string, spec: ChunkSpec): Chunk[] {
  const seen = new Map<string, number>();
  return placesBy[spec.by](text, spec).map(({ start, end, headings }) => {
    const part = text.slice(start, end);
    const digest = keyBytes('chunk', part).toString('hex', 0, 12);
    const before = seen.get(digest) ?? 0;
    seen.set(digest, before + 1);
    return { id: `${digest}-${before}`, text: part, start, end, headings };
  });
}

const flat = (spans: readonly Span[]): Place[] => spans.map((span) => ({ ...span, headings: [] }));

const placesBy: Readonly<Record<ChunkSpec['by'], (text: string, size: Size) => Place[]>> = {
  characters: (text, size) => flat(pack(characterUnits(text), size)),
  tokens: (text, size) => flat(pack(tokenUnits(text), size)),
  sentences: (text, size) => flat(pack(sentenceUnits(text, size), size)),
  markdown: (text, size) =>
    sectionsOf(text, size).flatMap(({ headings, units }) => pack(units, size).map((span) => ({ ...span, headings }))),
};
