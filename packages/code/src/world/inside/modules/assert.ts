import type { Realm } from '../realm.js';

/** Node's assertions; their messages are shorter. @internal */
export const assert = ({ host }: Realm) => {
  type Message = string | Error | undefined;
  interface Facts {
    readonly message?: Message;
    readonly actual?: unknown;
    readonly expected?: unknown;
    readonly operator: string;
  }
  class AssertionError extends Error {
    readonly code = 'ERR_ASSERTION';
    readonly generatedMessage: boolean;
    readonly actual: unknown;
    readonly expected: unknown;
    readonly operator: string;
    constructor({ message, actual, expected, operator }: Facts) {
      super(message === undefined ? `${show(actual)} ${operator} ${show(expected)}` : `${message}`);
      this.name = 'AssertionError';
      this.generatedMessage = message === undefined;
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
  }
  const show = (value: unknown) => host.inspect(value, '{}');
  const hold = (holds: boolean, facts: Facts) => {
    if (holds) return;
    if (facts.message instanceof Error) throw facts.message;
    throw new AssertionError(facts);
  };
  const ok = (actual: unknown, message?: Message) =>
    hold(Boolean(actual), { message, actual, expected: true, operator: '==' });
  type Compare = (actual: unknown, expected: unknown) => boolean;
  const by = (operator: string, compare: Compare) => (actual: unknown, expected: unknown, message?: Message) =>
    hold(compare(actual, expected), { message, actual, expected, operator });
  const deep: Compare = (one, other) => host.isDeepEqual(one, other, false);
  const strict: Compare = (one, other) => host.isDeepEqual(one, other, true);
  // biome-ignore lint/suspicious/noDoubleEquals: that is what it asks.
  const equal: Compare = (one, other) => one == other || (Number.isNaN(one) && Number.isNaN(other));
  const not =
    (compare: Compare): Compare =>
    (one, other) =>
      !compare(one, other);

  const isExpected = (error: unknown, wanted: unknown): boolean => {
    if (wanted === undefined || typeof wanted === 'string') return true;
    if (wanted instanceof RegExp) return wanted.test(String(error));
    if (typeof wanted === 'object' && wanted !== null)
      return Object.entries(wanted).every(([key, each]) => {
        const value = (error as Record<string, unknown>)[key];
        return each instanceof RegExp && typeof value === 'string' ? each.test(value) : strict(value, each);
      });
    const Kind = wanted as (new () => unknown) & ((error: unknown) => unknown);
    if (Kind.prototype !== undefined && error instanceof Kind) return true;
    return !(Kind.prototype instanceof Error) && Kind !== (Error as unknown) && Kind(error) === true;
  };
  const judge = (error: unknown, wanted: unknown, message?: Message) => {
    hold(isExpected(error, wanted), { message, actual: error, expected: wanted, operator: 'throws' });
  };
  const missing = (wanted: unknown, message: Message, operator: string): never => {
    const told = typeof wanted === 'string' ? wanted : message;
    throw new AssertionError({
      message: told ?? `Missing expected ${operator === 'throws' ? 'exception' : 'rejection'}.`,
      operator,
    });
  };
  const own = {
    ok,
    equal: by('==', equal),
    notEqual: by('!=', not(equal)),
    strictEqual: by('strictEqual', Object.is),
    notStrictEqual: by('notStrictEqual', not(Object.is)),
    deepEqual: by('deepEqual', deep),
    notDeepEqual: by('notDeepEqual', not(deep)),
    deepStrictEqual: by('deepStrictEqual', strict),
    notDeepStrictEqual: by('notDeepStrictEqual', not(strict)),
    match: by('match', (text, pattern) => typeof text === 'string' && (pattern as RegExp).test(text)),
    doesNotMatch: by('doesNotMatch', (text, pattern) => typeof text !== 'string' || !(pattern as RegExp).test(text)),
    fail: (message: Message = 'Failed') => hold(false, { message, operator: 'fail' }),
    ifError: (value: unknown) => {
      if (value !== null && value !== undefined) throw value;
    },
    throws: (call: () => unknown, wanted?: unknown, message?: Message) => {
      try {
        call();
      } catch (error) {
        return judge(error, wanted, message);
      }
      return missing(wanted, message, 'throws');
    },
    doesNotThrow: (call: () => unknown) => void call(),
    rejects: async (given: Promise<unknown> | (() => Promise<unknown>), wanted?: unknown, message?: Message) => {
      try {
        await (typeof given === 'function' ? given() : given);
      } catch (error) {
        return judge(error, wanted, message);
      }
      return missing(wanted, message, 'rejects');
    },
    doesNotReject: async (given: Promise<unknown> | (() => Promise<unknown>)) =>
      void (await (typeof given === 'function' ? given() : given)),
    AssertionError,
  };
  const made = Object.assign((actual: unknown, message?: Message) => ok(actual, message), own);
  const exact = {
    equal: own.strictEqual,
    notEqual: own.notStrictEqual,
    deepEqual: own.deepStrictEqual,
    notDeepEqual: own.notDeepStrictEqual,
  };
  const strictly: object = Object.assign((actual: unknown, message?: Message) => ok(actual, message), own, exact);
  Object.assign(strictly, { strict: strictly });
  return Object.assign(made, { strict: strictly });
};
