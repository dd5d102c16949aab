/** A sum in parts, by the lengths of texts: whole where the sum is, and together just the sum. */
export function shares(sum: number, texts: readonly string[]): number[] {
  const all = texts.reduce((length, text) => length + text.length, 0);
  const partUpTo = (length: number) =>
    all === 0 ? 0 : Number.isInteger(sum) ? Math.round((sum * length) / all) : (sum * length) / all;
  let length = 0;
  return texts.map((text, at) => {
    const before = partUpTo(length);
    length += text.length;
    return (at === texts.length - 1 ? sum : partUpTo(length)) - before;
  });
}
