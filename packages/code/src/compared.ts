import { inspect, isDeepStrictEqual, types } from 'node:util';
import type { AnyFunction } from '@millrace/core';
import type { Agreements } from './agreements.js';

/** So many calls of a function are looked at, whichever run makes them. */
export const CALLS = 16;

export interface Comparison {
  readonly name: string;
  readonly made: AnyFunction;
  readonly imported: AnyFunction;
  /** The function made once more, in a world with state of its own. */
  readonly again: AnyFunction;
  /** Stands for the text that the function was made of. */
  readonly digest: string;
}

export interface Compared {
  readonly fn: AnyFunction;
  /** Notes how many calls agreed. */
  readonly close: () => void;
}

/**
 * The first calls of a pure function are made of the imported one too: plain JavaScript is the reference, and what
 * differs lies outside of what the key holds. They are made once more where the rows come in another order: what differs
 * there is what a row leaves behind for the next.
 */
export const compared = ({ name, made, imported, again, digest }: Comparison, agreements: Agreements): Compared => {
  let left = Math.max(CALLS - agreements.of(digest), 0);
  let calls = 0;
  const twins = new WeakMap<object, unknown>();
  const turned = inAnotherOrder(again);
  const fn = (...given: readonly unknown[]) => {
    if (left === 0) return made(...given);
    left--;
    const [first, ...rest] = given;
    const copies = [isObject(first) && twins.has(first) ? twins.get(first) : copyOf(first), ...rest];
    const kept =
      isObject(first) && twins.has(first) ? undefined : given.map((each, at) => (at < 2 ? copyOf(each) : each));
    const answer = attempt(() => made(...given));
    const reference = attempt(() => imported(...copies));
    if (!isLater(answer) && !isLater(reference))
      return judged({ answer, reference, others: kept ? turned(kept, answer) : [] });
    return Promise.all([settled(answer), settled(reference)]).then(async ([own, its]) =>
      judged({ answer: own, reference: its, others: kept ? await Promise.all(turned(kept, own).map(later)) : [] }),
    );
  };
  const judged = ({ answer, reference, others }: Judged): unknown => {
    if (!areAlike(answer, reference)) throw notAsImported(name, answer, reference);
    for (const { here, there } of others) if (!areAlike(here, there)) throw ofAnotherOrder(name, here, there);
    calls++;
    if (isObject(answer.value)) twins.set(answer.value, reference.value);
    if (answer.thrown) throw answer.thrown.error;
    return answer.value;
  };
  const close = () => {
    if (calls > 0) agreements.add(digest, calls);
  };
  return { fn, close };
};

interface Judged {
  readonly answer: Ended;
  readonly reference: Ended;
  readonly others: readonly Pair[];
}

interface Pair {
  readonly here: Ended;
  readonly there: Ended;
}

/** Of two calls the second is made first. */
const inAnotherOrder = (again: AnyFunction) => {
  let held: { readonly given: readonly unknown[]; readonly here: Ended } | undefined;
  return (given: readonly unknown[], here: Ended): Pair[] => {
    if (!held) {
      held = { given, here };
      return [];
    }
    const there = attempt(() => again(...given));
    const pairs = [
      { here, there },
      { here: held.here, there: attempt(() => again(...(held?.given ?? []))) },
    ];
    held = undefined;
    return pairs;
  };
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whoever is called may change what it is given. */
const copyOf = (value: unknown): unknown => {
  try {
    return isObject(value) ? structuredClone(value) : value;
  } catch {
    return value;
  }
};

const isLater = ({ value }: Ended): boolean => types.isPromise(value);

const later = async ({ here, there }: Pair): Promise<Pair> => ({ here, there: await settled(there) });

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

const areAlike = (one: Ended, other: Ended): boolean => {
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

const notAsImported = (name: string, answer: Ended, reference: Ended): Unlike =>
  new Unlike(
    `The function ${name} gives ${short(answer)} from the code that its key holds, and ${short(reference)} as it was imported. Something outside of that code changes what it does: a built-in object that another file has changed, state that is set elsewhere, or the time zone or the language of this machine. Import what sets it, or pass the value in with.`,
  );

const ofAnotherOrder = (name: string, here: Ended, there: Ended): Unlike =>
  new Unlike(
    `The function ${name} gives ${short(here)} for a row, and ${short(there)} for the same row when the rows come in another order: it keeps something from one row to the next, such as a counter or the lastIndex of a pattern with g. Make it anew for each row, or number rows by a column.`,
  );

const short = (ended: Ended): string => {
  const form = formOf(ended) ?? { value: ended.value };
  if ('error' in form) return `the error ${form.error}`;
  const text = inspect(form.value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
};
