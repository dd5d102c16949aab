/** One value of a file, by the name that programs find it by. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** A line that is left out, and why. Its text is not told: it may hold a secret. */
export interface BadLine {
  readonly line: number;
  readonly why: string;
}

export interface ParsedEnv {
  readonly variables: readonly Variable[];
  readonly bad: readonly BadLine[];
}

const NAME = /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/y;
const NOTHING = /[ \t]*(?:[#;][^\n]*)?(?:\n|$)/y;
const BARE = /[^\n]*/y;
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /"((?:[^"\\]|\\[\s\S])*)"/y,
  "'": /'([^']*)'/y,
  '`': /`([^`]*)`/y,
};

/**
 * The variables of an environment file: NAME=value, quoted or not, with comments. Nothing in it is run, and `$NAME` is
 * text: what a value is can be read off the file. A line that is something else is left out.
 */
export function parseEnv(text: string): ParsedEnv {
  const reader = new Reader(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'));
  const variables: Variable[] = [];
  const bad: BadLine[] = [];
  while (!reader.done) {
    if (reader.take(NOTHING)) continue;
    const from = reader.at;
    const found = variableIn(reader);
    if ('name' in found) variables.push(found);
    else {
      bad.push({ line: reader.lineOf(from), why: found.why });
      reader.at = from;
      reader.take(LINE);
    }
  }
  return { variables, bad };
}

const LINE = /[^\n]*(?:\n|$)/y;

function variableIn(reader: Reader): Variable | { readonly why: string } {
  const name = reader.take(NAME)?.[1];
  if (name === undefined) return { why: 'it is neither NAME=value nor a comment' };
  const value = valueIn(reader);
  if (value === undefined) return { why: `the quotes around ${name} are not closed, or something follows them` };
  return value.includes('\0') ? { why: `${name} holds a byte that no value can` } : { name, value };
}

function valueIn(reader: Reader): string | undefined {
  const quote = reader.next;
  const quoted = QUOTED[quote];
  if (!quoted) return bare(reader.take(BARE)?.[0] ?? '', reader);
  const inner = reader.take(quoted)?.[1];
  if (inner === undefined || !reader.take(NOTHING)) return undefined;
  return quote === '"' ? unescaped(inner) : inner;
}

/** A `#` after a space begins a comment. */
function bare(text: string, reader: Reader): string {
  reader.take(NOTHING);
  return text.replace(/(^|[ \t])#.*$/, '').trim();
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

const unescaped = (text: string): string =>
  text.replace(/\\([\s\S])/g, (whole, sign: string) => ESCAPED[sign] ?? whole);

class Reader {
  at = 0;
  #line = 1;
  #counted = 0;

  constructor(readonly text: string) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  get next(): string {
    return this.text[this.at] ?? '';
  }

  /** Asked from the first to the last. */
  lineOf(place: number): number {
    for (let end = this.text.indexOf('\n', this.#counted); end >= 0 && end < place; ) {
      this.#line++;
      this.#counted = end + 1;
      end = this.text.indexOf('\n', this.#counted);
    }
    return this.#line;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at += found[0].length;
    return found;
  }
}
