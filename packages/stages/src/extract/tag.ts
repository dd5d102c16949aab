import { type Extracted, type Kind, type Match, nothing, picked } from './extracted.js';

export interface TagExtraction {
  readonly kind: 'tag';
  readonly name: string;
  readonly match: Match;
}

export function tag(name: string, { match = 'first' }: { readonly match?: Match } = {}): TagExtraction {
  if (!/^[\p{L}_][\p{L}\p{N}_:.-]*$/u.test(name)) {
    throw new Error(`extract's tag "${name}" is no tag name. Write the name alone, e.g. tag('answer').`);
  }
  return Object.freeze({ kind: 'tag', name: name.toLowerCase(), match });
}

/** What stands between `<name …>` and its `</name>`, trimmed, as it is written: models don't escape, so nothing is decoded. */
export const tagKind: Kind<TagExtraction> = {
  version: 1,
  reads: 'text',
  open: async ({ name, match }) => {
    const marks = new RegExp(`<(/?)${name.replaceAll('.', '\\.')}(?:\\s[^<>]*?)?(/?)>`, 'gi');
    return (text: string): Extracted => {
      const { pairs, unclosed } = pairsOf(text, marks);
      if (pairs.length === 0 && unclosed) return nothing('cut-off');
      return picked(
        outermost(pairs).map(({ start, end }) => text.slice(start, end).trim()),
        match,
      );
    };
  },
};

interface Pair {
  readonly start: number;
  readonly end: number;
}

/** Each closing tag belongs to the nearest open one; one that is only mentioned in prose stays without a pair. */
function pairsOf(text: string, marks: RegExp): { pairs: Pair[]; unclosed: boolean } {
  const [pairs, open]: [Pair[], number[]] = [[], []];
  for (const mark of text.matchAll(marks)) {
    const after = mark.index + mark[0].length;
    if (mark[2]) pairs.push({ start: after, end: after });
    else if (!mark[1]) open.push(after);
    else if (open.length > 0) pairs.push({ start: open.pop()!, end: mark.index });
  }
  return { pairs, unclosed: open.length > 0 };
}

function outermost(pairs: readonly Pair[]): Pair[] {
  const kept: Pair[] = [];
  for (const pair of [...pairs].sort((a, b) => a.start - b.start)) {
    if (pair.start >= (kept.at(-1)?.end ?? 0)) kept.push(pair);
  }
  return kept;
}
