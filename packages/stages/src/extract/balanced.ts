export interface Balanced {
  readonly texts: readonly string[];
  /** an object or list begins and never ends: most likely the answer was cut off */
  readonly cutOff: boolean;
}

/** So that a text of nothing but braces costs no square of its length. */
const MOST_STARTS = 64;

/** The pieces of a text from an opening brace or bracket to its counterpart, quotes respected; none inside another. */
export function balancedPieces(text: string): Balanced {
  const texts: string[] = [];
  const starts = /[{[]/g;
  let cutOff = false;
  for (let left = MOST_STARTS, start = starts.exec(text); start && left > 0; left--, start = starts.exec(text)) {
    const end = endOf(text, start.index);
    if (end === undefined) cutOff ||= /^(?:\{\s*["'}]|\[\s*["'[{\d])/.test(text.slice(start.index, start.index + 100));
    else {
      texts.push(text.slice(start.index, end));
      starts.lastIndex = end;
    }
  }
  return { texts, cutOff };
}

const CLOSES: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

function endOf(text: string, start: number): number | undefined {
  const expected: string[] = [];
  for (let at = start; at < text.length; at++) {
    const sign = text[at]!;
    const quoted = quoteEnd(text, at, sign);
    if (quoted === undefined) return undefined;
    if (quoted > at) at = quoted;
    else if (sign in CLOSES) expected.push(CLOSES[sign]!);
    else if (sign === '}' || sign === ']') {
      if (expected.pop() !== sign) return undefined;
      if (expected.length === 0) return at + 1;
    }
  }
  return undefined;
}

/** Where the string that begins here ends; `at` itself where none begins; undefined where it has no end. */
function quoteEnd(text: string, at: number, sign: string): number | undefined {
  if (sign !== '"' && !(sign === "'" && opensString(text, at))) return at;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === sign) return end;
  }
  return undefined;
}

/** A single quote opens a string only where a key or value may begin; elsewhere it is an apostrophe. */
const opensString = (text: string, at: number): boolean => /[{[,:]\s*$/.test(text.slice(Math.max(0, at - 20), at));
