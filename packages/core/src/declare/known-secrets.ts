/** A value that nothing may show, and the name that stands in its place. */
export interface KnownSecret {
  readonly label: string;
  readonly value: () => string | undefined;
}

/** One list for all copies of this package: text that one of them writes may hold a secret of another. */
const LIST = Symbol.for('@millrace/core known secrets');

const shared = globalThis as { [LIST]?: Map<unknown, KnownSecret> };

const list = (): Map<unknown, KnownSecret> => {
  shared[LIST] ??= new Map<unknown, KnownSecret>(undeclared());
  return shared[LIST];
};

/** Remembers a secret for the life of this process. `id` names it: the same secret declared twice is known once. */
export const knowSecret = (id: unknown, known: KnownSecret): void => void list().set(id, known);

export interface SecretValue {
  readonly label: string;
  readonly value: string;
}

/** Shorter values stand in ordinary words, and hide nothing. */
export const SHORTEST = 4;

/** The values of now, the longest first, so that a secret within another one leaves no rest. */
export function secretValues(secrets: Iterable<KnownSecret> = list().values()): SecretValue[] {
  const found = new Map<string, string>();
  for (const { label, value } of secrets) {
    const now = value();
    if (now !== undefined && now.trim().length >= SHORTEST && !found.has(now)) found.set(now, label);
  }
  return [...found].map(([value, label]) => ({ label, value })).sort((a, b) => b.value.length - a.value.length);
}

/** Nobody declared these: their names say what they are, and libraries read them by themselves. */
const NAMED_LIKE_ONE = /(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS|PAT)$/;
const LONG_ENOUGH = 8;

export const isNamedLikeSecret = (name: string): boolean => NAMED_LIKE_ONE.test(name);

const undeclared = (): [string, KnownSecret][] =>
  Object.entries(globalThis.process?.env ?? {}).flatMap(([label, value = '']) =>
    isNamedLikeSecret(label) && value.length >= LONG_ENOUGH ? [[`env ${label}`, { label, value: () => value }]] : [],
  );
