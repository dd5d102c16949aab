import { inspect, isDeepStrictEqual, types } from 'node:util';
import type { AnyFunction } from '@millrace/core';

const CALLS = 16;

/**
 * The first calls of a pure function are made of the imported one too: plain JavaScript is the reference, and what
 * differs lies outside of what the key holds.
 */
export const compared = (name: string, made: AnyFunction, imported: AnyFunction): AnyFunction => {
  let left = CALLS;
  return (...given: readonly unknown[]) => {
    if (left === 0) return made(...given);
    left--;
    const answer = attempt(() => made(...given));
    const reference = attempt(() => imported(...given));
    if (!types.isPromise(answer.value) && !types.isPromise(reference.value)) return agreed(name, answer, reference);
    return Promise.all([settled(answer), settled(reference)]).then(([own, its]) => agreed(name, own, its));
  };
};

type Ended = { readonly value?: unknown; readonly thrown?: { readonly error: unknown } };

const attempt = (call: () => unknown): Ended => {
  try {
    return { value: call() };
  } catch (error) {
    return { thrown: { error } };
  }
};

const settled = async ({ value, thrown }: Ended): Promise<Ended> => {
  if (thrown) return { thrown };
  try {
    return { value: await value };
  } catch (error) {
    return { thrown: { error } };
  }
};

const agreed = (name: string, own: Ended, reference: Ended): unknown => {
  const [answer, expected] = [formOf(own), formOf(reference)];
  if (answer && expected && !isDeepStrictEqual(answer, expected)) throw new Unlike(name, answer, expected);
  if (own.thrown) throw own.thrown.error;
  return own.value;
};

type Form = { readonly error: string } | { readonly value: unknown };

/** In this realm. Undefined where nobody can say: what cannot be copied can be in no table either. */
const formOf = ({ value, thrown }: Ended): Form | undefined => {
  if (thrown) return { error: `${(thrown.error as { message?: unknown } | null)?.message ?? thrown.error}` };
  try {
    return { value: structuredClone(value) };
  } catch {
    return undefined;
  }
};

/** It would go on for every row: nothing of it counts. */
class Unlike extends Error {
  readonly failure: { readonly message: string; readonly everyRow: true };

  constructor(name: string, answer: Form, expected: Form) {
    super(
      `The function ${name} gives ${short(answer)} from the code that its key holds, and ${short(expected)} as it was imported. Something outside of that code changes what it does: a built-in object that another file has changed, state that is set elsewhere, or the time zone or the language of this machine. Import what sets it, or pass the value in with.`,
    );
    this.failure = { message: this.message, everyRow: true };
  }
}

const short = (form: Form): string => {
  if ('error' in form) return `the error ${form.error}`;
  const text = inspect(form.value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
};
