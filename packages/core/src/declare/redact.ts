import { redactAddresses } from './access.js';
import { layersOf } from './escapes.js';
import { type SecretValue, secretValues } from './known-secrets.js';
import { Matcher, type Shown } from './matcher.js';

/** Finds the values of some secrets, however each of their characters is written. Built once for many texts. */
export class Redactor {
  readonly #matcher: Matcher;
  /** No secret reaches further over the end of a text, in characters. */
  readonly reach: number;

  /** `addresses`: what gives access in a web address is a secret that nobody declared. */
  constructor(
    secrets: readonly SecretValue[],
    readonly addresses = false,
  ) {
    this.#matcher = new Matcher(secrets);
    this.reach = this.#matcher.longest * LONGEST_ESCAPE;
  }

  /** Where secrets show, in order and apart from each other. */
  find(text: string): Shown[] {
    const found = [...this.#matcher.in(text)];
    const layers = layersOf(text);
    for (const [depth, { text: layer }] of layers.entries())
      for (const { label, ...span } of this.#matcher.in(layer))
        found.push({ label, ...layers.slice(0, depth + 1).reduceRight((place, each) => each.before(place), span) });
    return found.length > 1 ? joined(found) : found;
  }

  redact(text: string): string {
    const clean = this.reach === 0 ? text : replaced(text, this.find(text));
    return this.addresses ? redactAddresses(clean) : clean;
  }

  /** The beginning of a text for a message: secrets are replaced before it is cut. */
  excerpt(text: string, most: number): string {
    // Where the text itself was cut off, a secret may begin in its end.
    const whole = text.length < MOST_READ ? text : text.slice(0, Math.max(MOST_READ >> 1, MOST_READ - this.reach));
    return this.redact(whole).slice(0, most);
  }
}

/** Characters: `\u0073`, `&#x73;`. */
const LONGEST_ESCAPE = 6;

/** Of a text that is only quoted, more is not looked at. */
export const MOST_READ = 1 << 16;

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
