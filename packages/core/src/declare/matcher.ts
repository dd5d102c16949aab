import type { SecretValue } from './known-secrets.js';
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

/** Finds the spellings of some secrets in a text as it stands. */
export class Matcher {
  readonly #short: readonly Spelling[];
  readonly #long: readonly Spelling[];
  readonly #grams = new Map<string, [spelling: number, at: number][]>();
  /** A piece that is in none needs no look into the map: by a sum over some of its signs. */
  readonly #maybe = new Uint8Array(SUMS);
  /** Of the longest spelling, in characters. */
  readonly longest: number;

  constructor(secrets: readonly SecretValue[]) {
    const all = secrets.flatMap(({ label, value }) => spellingsOf(value).map((text) => ({ text, label })));
    this.#short = all.filter(({ text }) => text.length < PART);
    this.#long = all.filter(({ text }) => text.length >= PART);
    this.longest = all.reduce((most, { text }) => Math.max(most, text.length), 0);
    for (const [spelling, { text }] of this.#long.entries())
      for (let at = 0; at + GRAM <= text.length; at++) this.#index(text.slice(at, at + GRAM), [spelling, at]);
  }

  #index(gram: string, place: [number, number]): void {
    this.#maybe[sumAt(gram, 0)] = 1;
    const places = this.#grams.get(gram);
    if (!places) this.#grams.set(gram, [place]);
    else if (places.length < MOST_PLACES) places.push(place);
  }

  /** Each place that shows one; places may lie over each other. */
  *in(text: string): Generator<Shown> {
    yield* this.#whole(text);
    yield* this.#parts(text);
  }

  *#whole(text: string): Generator<Shown> {
    for (const { text: spelling, label } of this.#short)
      for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + spelling.length))
        yield { start: at, end: at + spelling.length, label };
  }

  *#parts(text: string): Generator<Shown> {
    if (this.#grams.size === 0) return;
    for (let at = 0; at + GRAM <= text.length; at += GRAM) {
      if (!this.#maybe[sumAt(text, at)]) continue;
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

const SUMS = 1 << 18;

const sumAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) * 31 + text.charCodeAt(at + 2)) * 31 +
    text.charCodeAt(at + 4) * 7 +
    text.charCodeAt(at + 7) * 961 * 31) &
  (SUMS - 1);

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
