import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { types } from 'node:util';
import type { AnyFunction } from '@millrace/core';
import { NOT_GIVEN } from '../world/index.js';
import type { Agreements } from './agreements.js';
import { attempt, copies, copyOf, type Ended, isObject, settled } from './calls.js';
import { areAlike, notAsImported, ofAnotherOrder } from './unlike.js';

/** So many calls of a function are made of the imported one too, whichever run makes them. */
const OF_IMPORTED = 16;
/** So many are made in another order, at another time and with other chance. */
export const CALLS = 32;

export interface Comparison {
  readonly name: string;
  readonly made: AnyFunction;
  readonly imported: AnyFunction;
  /** The function made once more, in a world with state, a clock and chance of its own. */
  readonly again: AnyFunction;
  /** The same, with the time zone and the language of this machine, where they are others. */
  readonly here: AnyFunction | undefined;
  /** Says once that they make a difference. */
  readonly differs: () => void;
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
 * differs lies outside of what the key holds. They are made once more where the rows come in another order, at another
 * time and with other chance: what differs there is what a row leaves behind for the next, or what a package reads.
 */
export const compared = (functions: Comparison, agreements: Agreements): Compared => {
  const agreed = agreements.of(functions.digest);
  let left = Math.max(CALLS - agreed, 0);
  let calls = 0;
  let spent = 0;
  const folded = new WeakMap<object, unknown>();
  const turned = inAnotherOrder(functions.again);

  const judged = (answers: Answers): unknown => {
    judge(functions, answers);
    calls++;
    const { own, reference } = answers;
    if (isObject(own.value)) folded.set(own.value, reference?.value);
    return outcome(own);
  };
  /** The others are asked when the own answer is there: what is not given to it would be paid for by the imported one. */
  const others = (own: Ended, given: Given): unknown => {
    if (isRefused(own)) return outcome(own);
    const begun = performance.now();
    const answers: Answers = {
      own,
      ...(agreed + calls < OF_IMPORTED && {
        reference: silently(() => attempt(functions.imported, given.forImport)),
        here: functions.here && attempt(functions.here, given.forHere),
      }),
      turned: given.isFold ? [] : turned(given.kept, own),
    };
    spent += performance.now() - begun;
    if (spent > LONG_MS) left = 0;
    const asked = [answers.reference, ...answers.turned.map(({ after }) => after)];
    return asked.some((each) => types.isPromise(each?.value)) ? settledAll(answers).then(judged) : judged(answers);
  };
  const givenOf = (given: readonly unknown[]): Given => {
    const [first, ...rest] = given;
    // What a fold has so far is what it answered before, and each of the functions has its own.
    const isFold = isObject(first) && folded.has(first);
    const forImport = [isFold ? folded.get(first) : copyOf(first), ...rest];
    return { isFold, forImport, forHere: copies(given), kept: copies(given) };
  };
  const looked = (given: readonly unknown[]) => {
    left--;
    const asked = givenOf(given);
    const own = attempt(functions.made, given);
    return types.isPromise(own.value) ? settled(own).then((ended) => others(ended, asked)) : others(own, asked);
  };
  const { made } = functions;
  const fn = (...all: readonly unknown[]) => {
    if (left > 0) return looked(all);
    // A list that is spread costs more than the call.
    return all.length === 2 ? made(all[0], all[1]) : made(...all);
  };
  const close = () => {
    if (calls > 0) agreements.add(functions.digest, calls);
  };
  return { fn, close };
};

/** So much is spent on looking at most: the functions of some take seconds for each row. */
const LONG_MS = 2000;

/** What each of the functions is called with. */
interface Given {
  readonly isFold: boolean;
  readonly forImport: readonly unknown[];
  readonly forHere: readonly unknown[];
  readonly kept: readonly unknown[];
}

const outcome = ({ value, thrown }: Ended): unknown => {
  if (thrown) throw thrown.error;
  return value;
};

const isRefused = ({ thrown }: Ended): boolean => NOT_GIVEN.test(`${(thrown?.error as Error | undefined)?.message}`);

/** What came of one call, in all the ways in which it was made. */
interface Answers {
  readonly own: Ended;
  readonly reference?: Ended;
  readonly here?: Ended | undefined;
  readonly turned: readonly Pair[];
}

interface Pair {
  readonly before: Ended;
  readonly after: Ended;
}

const judge = ({ name, differs }: Comparison, { own, reference, here, turned }: Answers): void => {
  if (reference && !areAlike(own, reference)) {
    if (!here || !areAlike(here, reference)) throw notAsImported(name, own, reference);
    differs();
  }
  for (const { before, after } of turned) if (!areAlike(before, after)) throw ofAnotherOrder(name, before, after);
};

/** Of two calls the second is made first. */
const inAnotherOrder = (again: AnyFunction) => {
  let held: { readonly given: readonly unknown[]; readonly before: Ended } | undefined;
  return (given: readonly unknown[], before: Ended): Pair[] => {
    const earlier = held;
    held = earlier ? undefined : { given, before };
    if (!earlier) return [];
    return [
      { before, after: attempt(again, given) },
      { before: earlier.before, after: attempt(again, earlier.given) },
    ];
  };
};

/** The row is told of once. */
const silently = <T>(call: () => T): T => {
  const { console } = globalThis;
  globalThis.console = SILENT;
  try {
    return call();
  } finally {
    globalThis.console = console;
  }
};

const SILENT = new Console({ stdout: new Writable({ write: (_chunk, _encoding, done) => done() }) });

const settledAll = async ({ own, reference, here, turned }: Answers): Promise<Answers> => ({
  own: await settled(own),
  ...(reference && { reference: await settled(reference) }),
  ...(here && { here: await settled(here) }),
  turned: await Promise.all(
    turned.map(async ({ before, after }) => ({ before: await settled(before), after: await settled(after) })),
  ),
});
