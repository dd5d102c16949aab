import { redact } from '@millrace/core';

const USAGE = new Set(['Mistake', 'CannotRun', 'FileMistakes']);

/** Expected failures in their own words, without a stack; others with the way to say more. */
export function errorLines(error: unknown, verbose: boolean): string[] {
  const texts = textOf(error, verbose).map(redact);
  // A mistake is one sentence: where it has lines, a name in it brought them.
  return asError(error).name === 'Mistake' && !verbose ? texts : texts.flatMap((text) => text.split('\n'));
}

function textOf(error: unknown, verbose: boolean): string[] {
  const { message, stack, cause } = asError(error);
  if (verbose) return [`millrace: ${(cause instanceof Error && cause.stack) || (stack ?? message)}`];
  if (message.startsWith('BUG:'))
    return [
      `millrace: ${message}`,
      'This is a mistake in Millrace itself, not in your pipeline. Please report it with what --verbose prints.',
    ];
  return [`millrace: ${message}`];
}

export const exitCodeOf = (error: unknown): number => (USAGE.has(asError(error).name) ? 2 : 1);

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
