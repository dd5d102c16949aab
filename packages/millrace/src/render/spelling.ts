import { didYouMean } from '@millrace/core';

/** What now, after a name that is not known: the nearest one, else all of them. */
export const spelled = (name: string, among: readonly string[], what: string): string =>
  didYouMean(name, among) ?? `${what}: ${among.slice(0, 20).join(', ') || 'none'}.`;
