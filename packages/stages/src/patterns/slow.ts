import { endsWithin, ROW_LIMIT_MS, TookTooLong } from './within.js';

/** Steps that take no time that a person notices. */
const FEW_STEPS = 1e8;

/**
 * Whether a pattern may take long on a text of that length: a repeated group or a back reference may try exponentially
 * many ways, and each repetition without an end multiplies the steps by the length.
 */
export function mayBeSlow(source: string, length: number): boolean {
  const plain = source.replace(/\\[^1-9k]/g, '.').replace(/\[[^\]]*\]/g, '.');
  if (/\)(?:[*+]|\{\d)|\\[1-9k]/.test(plain)) return true;
  const repetitions = plain.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  return length ** (repetitions + 1) > FEW_STEPS;
}

/** As `pattern.test`, for no longer than a row may take. */
export function testInTime(pattern: RegExp, text: string): boolean {
  if (!mayBeSlow(pattern.source, text.length)) return pattern.test(text);
  let found = false;
  const ended = endsWithin(ROW_LIMIT_MS, () => {
    found = pattern.test(text);
  });
  if (ended) return found;
  throw new TookTooLong(`The pattern /${pattern.source}/`, ROW_LIMIT_MS);
}
