/** For each row the first row with the same key: its own number if it is the first. */
export function firstOccurrences(keys: Iterable<string>): number[] {
  const seen = new Map<string, number>();
  const firsts: number[] = [];
  for (const key of keys) {
    const first = seen.get(key) ?? firsts.length;
    if (first === firsts.length) seen.set(key, first);
    firsts.push(first);
  }
  return firsts;
}

/** The rows that stay when each duplicate leaves to the row it repeats. */
export const keptRows = (firsts: readonly number[]): number[] => firsts.filter((first, row) => first === row);
