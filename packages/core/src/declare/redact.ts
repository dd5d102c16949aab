import { redactAddresses } from './access.js';
import { type SecretValue, secretValues } from './known-secrets.js';
import { PART, spellingsOf } from './spellings.js';

/** A place in a text that shows a secret, or a part of one. */
export interface Shown {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

interface Spelling {
  readonly text: string;
  readonly label: string;
}

/** Any run of 15 characters holds a whole piece of 8 that begins at a multiple of 8. */
const GRAM = 8;

/** Finds the values of some secrets, however they are written. Built once for many texts. */
export class Redactor {
  readonly #short: readonly Spelling[];
  readonly #long: readonly Spelling[];
  readonly #grams = new Map<string, [spelling: number, at: number][]>();
  /** Of the longest spelling, in characters: no secret reaches further over the end of a text. */
  readonly reach: number;

  /** `addresses`: what gives access in a web address is a secret that nobody declared. */
  constructor(
    secrets: readonly SecretValue[],
    readonly addresses = false,
  ) {
    const all = secrets.flatMap(({ label, value }) => spellingsOf(value).map((text) => ({ text, label })));
    this.#short = all.filter(({ text }) => text.length < PART);
    this.#long = all.filter(({ text }) => text.length >= PART);
    this.reach = all.reduce((most, { text }) => Math.max(most, text.length), 0);
    for (const [spelling, { text }] of this.#long.entries())
      for (let at = 0; at + GRAM <= text.length; at++) this.#index(text.slice(at, at + GRAM), [spelling, at]);
  }

  #index(gram: string, place: [number, number]): void {
    const places = this.#grams.get(gram);
    if (!places) this.#grams.set(gram, [place]);
    else if (places.length < MOST_PLACES) places.push(place);
  }

  /** Where secrets show, in order and apart from each other. */
  find(text: string): Shown[] {
    const found = [...this.#whole(text), ...this.#parts(text)];
    return found.length > 1 ? joined(found) : found;
  }

  redact(text: string): string {
    const clean = this.reach === 0 ? text : replaced(text, this.find(text));
    return this.addresses ? redactAddresses(clean) : clean;
  }

  /** The beginning of a text for a message: secrets are replaced before it is cut. */
  excerpt(text: string, most: number): string {
    // Where the text itself was cut off, a secret may begin in its end.
    const whole = text.length < MOST_READ ? text : text.slice(0, MOST_READ - this.reach);
    return this.redact(whole).slice(0, most);
  }

  *#whole(text: string): Generator<Shown> {
    for (const { text: spelling, label } of this.#short)
      for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + spelling.length))
        yield { start: at, end: at + spelling.length, label };
  }

  *#parts(text: string): Generator<Shown> {
    if (this.#grams.size === 0) return;
    for (let at = 0; at + GRAM <= text.length; at += GRAM) {
      const places = this.#grams.get(text.slice(at, at + GRAM));
      const run = places && this.#longestRun(text, at, places);
      if (!run) continue;
      yield run;
      at = Math.max(at, Math.floor(run.end / GRAM) * GRAM - GRAM);
    }
  }

  #longestRun(text: string, at: number, places: readonly [number, number][]): Shown | undefined {
    let best: Shown | undefined;
    for (const [spelling, inside] of places) {
      const { text: whole, label } = this.#long[spelling] as Spelling;
      const back = common(text, at, whole, inside, -1);
      const end = at + common(text, at, whole, inside, 1);
      const run = { start: at - back, end, label };
      if (end - run.start >= PART && (!best || end - run.start > best.end - best.start)) best = run;
    }
    return best;
  }
}

/** Of a text that is only quoted, more is not looked at. */
export const MOST_READ = 1 << 16;

/** A secret of one sign many times over has one piece at each of its places. */
const MOST_PLACES = 64;

/** How many characters two texts have in common, from two places on or back. */
function common(text: string, at: number, whole: string, inside: number, step: 1 | -1): number {
  const from = step > 0 ? 0 : -1;
  let n = 0;
  while (n < whole.length) {
    const i = from + n * step;
    if (inside + i < 0 || inside + i >= whole.length || text[at + i] !== whole[inside + i]) break;
    n++;
  }
  return n;
}

function joined(found: readonly Shown[]): Shown[] {
  const apart: Shown[] = [];
  for (const each of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = apart.at(-1);
    if (last && each.start < last.end) apart[apart.length - 1] = { ...last, end: Math.max(last.end, each.end) };
    else apart.push(each);
  }
  return apart;
}

/** The text with the names of its secrets in their places. */
export function replaced(text: string, shown: readonly Shown[]): string {
  let out = '';
  let from = 0;
  for (const { start, end, label } of shown) {
    out += `${text.slice(from, start)}[secret ${label}]`;
    from = end;
  }
  return from === 0 ? text : out + text.slice(from);
}

const built = new Map<string, Redactor>();
const MOST_BUILT = 16;

/** One for the same secrets, as long as they are asked for. */
export function redactorOf(secrets: readonly SecretValue[], addresses = false): Redactor {
  const of = JSON.stringify([addresses, secrets]);
  const known = built.get(of) ?? new Redactor(secrets, addresses);
  built.delete(of);
  built.set(of, known);
  for (const oldest of built.keys()) if (built.size > MOST_BUILT) built.delete(oldest);
  return known;
}

/** For all secrets that this process knows now. */
export const redactorNow = (): Redactor => redactorOf(secretValues(), true);

/** A text that may leave the process: each known secret is replaced by its name. */
export const redact = (text: string): string => redactorNow().redact(text);

/** The beginning of a text, without secrets and without a part of one at its end. */
export const excerpt = (text: string, most: number): string => redactorNow().excerpt(text, most);
