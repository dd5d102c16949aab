import { inspect } from 'node:util';
import { type Look, lookInto } from '../bundle/values.js';
import { sha } from '../digest.js';
import type { Top, Value } from '../program/values.js';
import { type Portrait, portraitOf } from './portrait.js';

type Known = Map<string, string>;
const first = new Map<string, Known>();

/**
 * Notes what the names at the top of files are before the first function is called: functions leave things behind, such as
 * what they remember, that say nothing of the code.
 */
export const noteTops = (tops: readonly Top[]): void => {
  for (const { address, words, look } of tops) {
    if (first.has(address)) continue;
    const known: Known = new Map();
    first.set(address, known);
    for (const word of words) {
      const seen = looked(look, word);
      if (seen) known.set(word, digestOf(portraitOf(seen.value)));
    }
  }
};

const digestOf = (portrait: Portrait) => sha(portrait.join('\n'));

/** It has no value yet, or none can be told. */
const looked = (look: Look, word: string): { readonly value: unknown } | undefined => {
  try {
    return { value: look(word) };
  } catch {
    return undefined;
  }
};

/** What is another value in the program, in words. */
export const gapsIn = (values: readonly Value[]): string[] =>
  values.flatMap((value) => {
    const known = first.get(value.address)?.get(value.word);
    const own = portraitOf(value.own);
    const look = lookInto(value.address);
    if (known === undefined || known === digestOf(own) || !look) return [];
    const program = looked(look, value.word);
    if (!program) return [];
    const other = portraitOf(program.value);
    return digestOf(other) === digestOf(own) ? [] : [sentence(value, program.value, { own, other })];
  });

const sentence = (
  { spoken, own }: Value,
  program: unknown,
  portraits: { readonly own: Portrait; readonly other: Portrait },
): string => {
  const { name, place } = spoken();
  const [there, here] = [shown(program), shown(own)];
  const as = (text: string) => `\`${text}\``;
  if (there !== here) return `${as(name)} (${place}) is ${as(there)} in the program and ${as(here)} in its own code`;
  const at = portraits.other.findIndex((line, index) => line !== portraits.own[index]);
  const lineOf = (portrait: Portrait) => portrait[at]?.replace(': ', ' is ') ?? ' is gone';
  return `${as(name)} (${place}) differs: in the program ${name}${lineOf(portraits.other)}, in its own code ${name}${lineOf(portraits.own)}`;
};

const shown = (value: unknown): string => {
  const options = { breakLength: Number.POSITIVE_INFINITY, customInspect: false, depth: 3, maxArrayLength: 20 };
  const text = inspect(value, options);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
};
