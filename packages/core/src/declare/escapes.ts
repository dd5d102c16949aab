const { raw } = String;

const HEX = raw`[\da-fA-F]`;

/** A backslash before it is one of the text, and belongs to what comes out of it. */
const ANOTHER = raw`%${HEX}{2}|%u|&#|&[a-zA-Z]{2,7};`;

/** A text may be nothing but backslashes: looked at from the first only. */
const BACKSLASH = raw`\\(?<!\\\\)`;

/**
 * The ways in which programs write one character: in addresses, in strings of JSON and of languages, in HTML, in quotes
 * of a shell, as bytes of UTF-8 that were read as Latin-1. A text within a text has the sign of its escape escaped once
 * more, as often as it was put into another: one look finds any depth of the same.
 */
const ESCAPE = new RegExp(
  [
    raw`%(?:25)*(?:(${HEX}{2})|u(${HEX}{4}))`,
    raw`${BACKSLASH}\\*(?:u(${HEX}{4})|u\{0*(${HEX}{1,6})\}|x(${HEX}{2})|U00(${HEX}{6})|0?([0-3][0-7]{2})|(?!${ANOTHER})([^\\]))`,
    raw`(${BACKSLASH})\\+(?=${ANOTHER})`,
    raw`&(?:amp;)*(?:#[xX]0*(${HEX}{1,6});?|#0*(\d{1,7});?|([a-zA-Z]{2,7});)`,
    raw`(')(?:\\+''|"'"')`,
    raw`([\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})`,
  ].join('|'),
  'y',
);

/** After a backslash; any other sign stands for itself. */
const SHORT: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };

/** Of the signs that keys and addresses have. */
const NAMED: ReadonlyMap<string, string> = new Map(
  'excl! quot" QUOT" num# dollar$ percnt% amp& AMP& apos\' lpar( rpar) ast* plus+ comma, hyphen- dash- period. sol/ colon: semi; lt< LT< equals= gt> GT> quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] Hat^ lowbar_ grave` lcub{ lbrace{ verbar| vert| rcub} rbrace} tilde~ nbsp\u00a0'
    .split(' ')
    .map((each) => [each.slice(0, -1), each.slice(-1)]),
);

const LAST_POINT = 0x10ffff;

/** The character that an escape stands for. Undefined: it is none, and stands for itself. */
function signOf(found: RegExpExecArray): string | undefined {
  const [, percent, wide, unit, braced, byte, point, octal, short, slash, hex, decimal, name, quote, utf8] = found;
  const digits = percent ?? wide ?? unit ?? braced ?? byte ?? point ?? hex;
  if (digits !== undefined) return signAt(Number.parseInt(digits, 16));
  if (short !== undefined) return SHORT[short] ?? short;
  if (octal !== undefined) return signAt(Number.parseInt(octal, 8));
  if (decimal !== undefined) return signAt(Number(decimal));
  if (utf8 !== undefined) return fromUtf8(utf8);
  return slash ?? quote ?? (name === undefined ? undefined : NAMED.get(name));
}

const signAt = (point: number): string | undefined => (point <= LAST_POINT ? String.fromCodePoint(point) : undefined);

function fromUtf8(bytes: string): string | undefined {
  const sign = Buffer.from(bytes, 'latin1').toString();
  return sign.includes('\ufffd') ? undefined : sign;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const codesOf = (signs: string): number[] => [...signs].map((sign) => sign.charCodeAt(0));

/** Only these begin an escape. */
const BEGINS = new Uint8Array(256).fill(1, 0xc2, 0xf5);
for (const code of codesOf("%\\&'")) BEGINS[code] = 1;

/** The most frequent escapes need no pattern: digits by their codes, and what one sign after a backslash stands for. */
const DIGITS = new Int8Array(128).fill(-1);
for (const [value, code] of codesOf('0123456789abcdef').entries()) DIGITS[code] = value;
for (const [value, code] of codesOf('ABCDEF').entries()) DIGITS[code] = value + 10;
const AFTER = new Int8Array(128).fill(-1);
for (const code of codesOf('"/\'()[]{}<>=+-_.:;, $@#!?*~^|`')) AFTER[code] = code;
for (const [sign, code] of Object.entries(SHORT)) if (sign !== '0') AFTER[sign.charCodeAt(0)] = code.charCodeAt(0);

const [PERCENT, BACKSLASH_CODE] = [0x25, 0x5c];

/** What `%73` or `\\n` stands for; -1: a pattern must look. */
function quickly(before: string, at: number): number {
  const next = before.charCodeAt(at + 1);
  if (before.charCodeAt(at) === BACKSLASH_CODE)
    return before.charCodeAt(at - 1) === BACKSLASH_CODE ? -1 : (AFTER[next] ?? -1);
  if (before.charCodeAt(at) !== PERCENT) return -1;
  const [high = -1, low = -1] = [DIGITS[next], DIGITS[before.charCodeAt(at + 2)]];
  return high < 0 || low < 0 || (high === 2 && low === 5) ? -1 : high * 16 + low;
}

/** A text whose escapes were resolved, and the place in the text before that each of its parts was made of. */
class Unescaped {
  readonly text: string;
  readonly #at: number[] = [];
  readonly #after: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(before: string) {
    let at = 0;
    while (at < before.length && !BEGINS[before.charCodeAt(at)]) at++;
    this.text = at === before.length ? before : this.#resolved(before, at);
  }

  #resolved(before: string, from: number): string {
    const units = new Uint16Array(before.length);
    let to = 0;
    for (let at = 0; at < before.length; ) {
      const unit = before.charCodeAt(at);
      const end = at >= from && BEGINS[unit] ? this.#escape(before, at, units, to) : at;
      if (end > at) to = this.#after.at(-1) as number;
      else units[to++] = unit;
      at = Math.max(end, at + 1);
    }
    return this.#at.length === 0 ? before : Buffer.from(units.buffer, 0, to * 2).toString('utf16le');
  }

  /** Writes what an escape stands for. Gives its end, or its beginning where it is none. */
  #escape(before: string, at: number, units: Uint16Array, to: number): number {
    const quick = quickly(before, at);
    if (quick >= 0) {
      units[to] = quick;
      return this.#note(to, 1, at, at + (before.charCodeAt(at) === PERCENT ? 3 : 2));
    }
    ESCAPE.lastIndex = at;
    const found = ESCAPE.exec(before);
    const sign = found ? signOf(found) : undefined;
    if (!found || sign === undefined) return at;
    for (let i = 0; i < sign.length; i++) units[to + i] = sign.charCodeAt(i);
    return this.#note(to, sign.length, at, at + found[0].length);
  }

  #note(to: number, length: number, start: number, end: number): number {
    this.#at.push(to);
    this.#after.push(to + length);
    this.#starts.push(start);
    this.#ends.push(end);
    return end;
  }

  before({ start, end }: Span): Span {
    return { start: this.#place(start).start, end: this.#place(end - 1).end };
  }

  /** Where one character stood. */
  #place(at: number): Span {
    const piece = this.#lastBefore(at);
    const [after = 0, start = 0, end = 0] = [this.#after[piece], this.#starts[piece], this.#ends[piece]];
    return at < after ? { start, end } : { start: end + at - after, end: end + at - after + 1 };
  }

  #lastBefore(at: number): number {
    let [low, high] = [0, this.#at.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#at[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** JSON in an address in HTML. Deeper is nobody's log, and each layer takes a look at all of the text. */
const MOST_LAYERS = 6;

/** A text without its escapes, without the escapes that this brings forth, and so on. */
export function layersOf(text: string): Unescaped[] {
  const layers: Unescaped[] = [];
  for (let above = text; layers.length < MOST_LAYERS; ) {
    const layer = new Unescaped(above);
    if (layer.text === above) break;
    layers.push(layer);
    above = layer.text;
  }
  return layers;
}

/** A text as it is when no escape is left. */
export const unescaped = (text: string): string => layersOf(text).at(-1)?.text ?? text;
