export interface Sentence {
  readonly start: number;
  readonly end: number;
  readonly endsParagraph: boolean;
}

/** Marks that may end a sentence, with the quotes and brackets behind them; ideographic marks need no space. */
const END = /[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*|\n[^\S\n]*\n/gu;
const TITLES = new Set(
  'mr mrs ms dr prof st mt jr sr vs cf al gen col lt capt rev hon e.g i.e approx dept inc ltd'.split(' '),
);
const BEFORE_NUMBERS = new Set('no nos fig figs vol ch sec eq p pp art'.split(' '));

/**
 * Sentences end at . ! ? … before a space, at 。！？, and at a blank line. A full stop ends none behind a title or an
 * initial, before a small letter, or between `no.`, `fig.`, `vol.` and a digit. Rules of ours, not the platform's: the
 * host's segmenter changes with its version, and chunks would change with it.
 */
export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let from = 0;
  const take = (to: number, endsParagraph: boolean) => {
    const sentence = trimmed(text, from, to);
    if (sentence) sentences.push({ ...sentence, endsParagraph });
    else if (endsParagraph && sentences.length > 0) sentences.push({ ...sentences.pop()!, endsParagraph });
    from = to;
  };
  for (const match of text.matchAll(END)) {
    const end = match.index + match[0].length;
    if (match[0].startsWith('\n')) take(end, true);
    else if (endsSentence(text, match.index, end)) take(end, false);
  }
  take(text.length, true);
  return sentences;
}

function trimmed(text: string, from: number, to: number): { start: number; end: number } | undefined {
  const part = text.slice(from, to);
  const start = from + part.length - part.trimStart().length;
  return part.trim() === '' ? undefined : { start, end: from + part.trimEnd().length };
}

function endsSentence(text: string, mark: number, end: number): boolean {
  if (text[mark] !== '.') return true;
  const next = /^\s+["'“‘«([]*(.)/su.exec(text.slice(end, end + 40))?.[1] ?? '';
  if (/\p{Ll}/u.test(next)) return false;
  const word = /[\p{L}\p{M}.]*$/u.exec(text.slice(Math.max(0, mark - 20), mark))![0];
  if (/^\p{Lu}$/u.test(word) || TITLES.has(word.toLowerCase())) return false;
  return !(BEFORE_NUMBERS.has(word.toLowerCase()) && /\p{N}/u.test(next));
}
