import type { AnyFunction, Columns, EngineOptions, FunctionUse, Nature } from '@millrace/core';

/** What a stage that takes a function says of it. */
export interface FunctionSaid {
  /** Values and functions that the function has from around it; in the key. */
  readonly uses?: Readonly<Record<string, unknown>>;
  /** Stands for the function's whole code. */
  readonly version?: string | number;
  /** Reads that the key cannot see: `clock`, `random`, `network`, `env:NAME`, `file:PATH` … */
  readonly impure?: readonly string[];
}

export const functionUse = (fn: AnyFunction, { uses, version, impure }: FunctionSaid): FunctionUse => ({
  fn,
  ...(uses && { uses }),
  ...(version !== undefined && { version }),
  ...(impure && { reads: impure }),
});

interface Called {
  readonly run: AnyFunction;
  readonly nature?: Nature;
}

/** Rows a call gets at once: many where nobody waits for an answer and none is paid, else one by one. */
export function callSize({ run, nature = 'pure' }: Called, { concurrency = 1, threads = 0 }: EngineOptions): number {
  const waits = run.constructor.name === 'AsyncFunction' || (concurrency > 1 && threads === 0);
  return waits || nature !== 'pure' ? 1 : 1024;
}

/**
 * The columns a function reads: as declared, or as its first parameter takes them apart, or all. In one order: the keys
 * of a row are the same for it whatever the order of the columns.
 */
export function columnsRead(
  fn: AnyFunction,
  declared: readonly string[] | undefined,
  columns: Columns | undefined,
): Record<string, string> {
  const names = namesRead(fn, declared);
  if (!names || !columns || namesFormerlyRead(fn, declared)) return asReads(names, columns);
  // As long as it read all, a name with a default needed no column.
  return asReads(
    names.filter((name) => Object.hasOwn(columns, name)),
    columns,
  );
}

const asReads = (names: readonly string[] | undefined, columns: Columns | undefined): Record<string, string> =>
  Object.fromEntries((names ?? Object.keys(columns ?? {}).sort()).map((name) => [name, name]));

/** Answers that cost money are found again also where an earlier version named them otherwise. */
export const isPaid = ({ nature = 'pure' }: Pick<Called, 'nature'>): boolean => nature !== 'pure';

export const columnsFormerlyRead = (
  fn: AnyFunction,
  declared: readonly string[] | undefined,
  columns: Columns | undefined,
): Record<string, string> => asReads(namesFormerlyRead(fn, declared), columns);

/** What version 0.1 took for them: a default text with a comma in it made it read all. */
export const namesFormerlyRead = (
  fn: AnyFunction,
  declared: readonly string[] | undefined,
): readonly string[] | undefined => (declared ?? namesIn(Function.prototype.toString.call(fn)))?.toSorted();

/** In the key: one function over two columns is two computations. Undefined where it reads all there are. */
export const namesRead = (fn: AnyFunction, declared: readonly string[] | undefined): readonly string[] | undefined =>
  (declared ?? destructured(fn))?.toSorted();

/** The names in `({ a, b: c = 1 }) => …`; undefined where the row is taken whole or the rest is taken too. */
const destructured = (fn: AnyFunction): string[] | undefined =>
  namesIn(Function.prototype.toString.call(fn).replace(DEFAULT_TEXT, '= 0'));

const DEFAULT_TEXT = /=\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`$\\]|\\.)*`)/gs;

function namesIn(text: string): string[] | undefined {
  const pattern = /^(?:async\s*)?(?:function\s*\*?\s*[\w$]*\s*|[\w$]+\s*)?\(\s*\{([^{}()]*)\}/.exec(text)?.[1];
  if (pattern === undefined || pattern.includes('...') || pattern.includes('[')) return undefined;
  const names = pattern.split(',').map((part) => /^\s*(?:'([^']+)'|"([^"]+)"|([\w$]+))\s*(?:[:=]|$)/.exec(part));
  const given = names.map((m) => m?.[1] ?? m?.[2] ?? m?.[3]).filter((name): name is string => name !== undefined);
  return given.length === pattern.split(',').filter((part) => part.trim()).length ? given : undefined;
}
