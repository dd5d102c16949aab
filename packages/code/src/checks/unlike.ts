import { inspect, isDeepStrictEqual } from 'node:util';
import type { Ended } from './calls.js';

/** A row that fails either way has no answer, whatever it says. */
export const areAlike = (one: Ended, other: Ended): boolean => {
  if (one.thrown && other.thrown) return true;
  const [answer, expected] = [formOf(one), formOf(other)];
  return answer === undefined || expected === undefined || isDeepStrictEqual(answer, expected);
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

  constructor(message: string) {
    super(message);
    this.failure = { message, everyRow: true };
  }
}

export const notAsImported = (name: string, answer: Ended, reference: Ended): Unlike =>
  new Unlike(
    `The function ${name} gives ${short(answer)} from the code that its key holds, and ${short(reference)} as it was imported. Something outside of that code changes what it does: a built-in object that another file has changed, state that is set elsewhere, or the time zone or the language of this machine. Import what sets it, or pass the value in with.`,
  );

export const ofAnotherOrder = (name: string, here: Ended, there: Ended): Unlike =>
  new Unlike(
    `The function ${name} gives ${short(here)} for a row, and ${short(there)} for the same row when the rows come in another order, at another time and with other chance: it keeps something from one row to the next, such as a counter or the lastIndex of a pattern with g, or a package that it calls reads the clock or draws by chance. Make it anew for each row, number rows by a column, or pass the time in with.`,
  );

const short = (ended: Ended): string => {
  const form = formOf(ended) ?? { value: ended.value };
  if ('error' in form) return `the error ${form.error}`;
  const text = inspect(form.value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
};
