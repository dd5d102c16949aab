import { nearest } from '@millrace/core';

/** What now, after a name that is not known: the nearest one, else all of them. */
export function spelled(name: string, among: readonly string[], what: string): string {
  const close = nearest(name, among) ?? among.find((other) => letters(other) === letters(name));
  if (close !== undefined) return `Did you mean ${close}?`;
  return among.length ? `${what}: ${among.slice(0, 20).join(', ')}.` : `${what}: none.`;
}

const letters = (text: string): string => [...text.toLowerCase()].sort().join('');
