import { nearest } from '@millrace/core';

/** What now, after a name that is not known: the nearest one, else all of them. */
export function spelled(name: string, among: readonly string[], what: string): string {
  const close = nearest(name, among);
  if (close !== undefined) return `Did you mean ${close}?`;
  return among.length ? `${what}: ${among.slice(0, 20).join(', ')}.` : `${what}: none.`;
}
