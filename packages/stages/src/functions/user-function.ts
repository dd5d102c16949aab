import type { AnyFunction, Columns, FunctionUse } from '@millrace/core';

/** What a stage that takes a function says of it. */
export interface FunctionSaid {
  /** Values the function has from around it; in the key. */
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

/** Rows a call gets at once: an async function one by one, so that calls can be made at once; others many. */
export const callSize = (fn: AnyFunction): number => (fn.constructor.name === 'AsyncFunction' ? 1 : 1024);

/** The columns a function reads: as declared, or as its first parameter takes them apart, or all. */
export function columnsRead(
  fn: AnyFunction,
  declared: readonly string[] | undefined,
  columns: Columns | undefined,
): Record<string, string> {
  const names = declared ?? destructured(fn) ?? Object.keys(columns ?? {});
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** The names in `({ a, b: c = 1 }) => …`; undefined where the row is taken whole or the rest is taken too. */
function destructured(fn: AnyFunction): string[] | undefined {
  const pattern = /^(?:async\s*)?(?:function\s*\*?\s*[\w$]*\s*|[\w$]+\s*)?\(\s*\{([^{}()]*)\}/.exec(
    Function.prototype.toString.call(fn),
  )?.[1];
  if (pattern === undefined || pattern.includes('...') || pattern.includes('[')) return undefined;
  const names = pattern.split(',').map((part) => /^\s*(?:'([^']+)'|"([^"]+)"|([\w$]+))\s*(?:[:=]|$)/.exec(part));
  const given = names.map((m) => m?.[1] ?? m?.[2] ?? m?.[3]).filter((name): name is string => name !== undefined);
  return given.length === pattern.split(',').filter((part) => part.trim()).length ? given : undefined;
}
