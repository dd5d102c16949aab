const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy;

type Wanted = 'value' | 'first item' | 'key' | 'first key' | 'colon' | 'next';

/**
 * Where a text stops being JSON: engines say it in other words in each version, or not at all. Asked only of a text that
 * did not parse; its length where it ends too early.
 */
export function placeOfError(text: string): number {
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  while (open.length > 0 || wanted !== 'next') {
    TOKEN.lastIndex = at;
    const found = matched(text);
    if (found === 'too long') return at;
    const start = found
      ? at + found[0].search(/[^ \t\r\n]/)
      : at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0);
    const next: Wanted | undefined = found ? step(found, wanted, open) : undefined;
    if (!next) return start;
    wanted = next;
    at = TOKEN.lastIndex;
  }
  return at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0);
}

/** The engine gives up on a text of many megabytes: then the place is where it begins. */
function matched(text: string): RegExpExecArray | null | 'too long' {
  try {
    return TOKEN.exec(text);
  } catch (error) {
    if ((error as Error).name === 'RangeError') return 'too long';
    throw error;
  }
}

/** What is wanted after a token; undefined where the token was not. */
function step([, sign, string]: RegExpExecArray, wanted: Wanted, open: ('{' | '[')[]): Wanted | undefined {
  if (sign === '{' || sign === '[') {
    if (wanted !== 'value' && wanted !== 'first item') return undefined;
    open.push(sign);
    return sign === '{' ? 'first key' : 'first item';
  }
  if (sign === '}' || sign === ']') return close(sign, wanted, open);
  if (sign === ':') return wanted === 'colon' ? 'value' : undefined;
  if (sign === ',') return wanted === 'next' && open.length > 0 ? (open.at(-1) === '{' ? 'key' : 'value') : undefined;
  if (wanted === 'key' || wanted === 'first key') return string === undefined ? undefined : 'colon';
  return wanted === 'value' || wanted === 'first item' ? 'next' : undefined;
}

function close(sign: '}' | ']', wanted: Wanted, open: ('{' | '[')[]): Wanted | undefined {
  const fits =
    sign === '}' ? open.at(-1) === '{' && wanted === 'first key' : open.at(-1) === '[' && wanted === 'first item';
  const ends = wanted === 'next' && open.at(-1) === (sign === '}' ? '{' : '[');
  if (!fits && !ends) return undefined;
  open.pop();
  return 'next';
}
