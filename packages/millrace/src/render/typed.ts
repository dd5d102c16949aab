/** A word of a command that people are told to type, as a shell takes it. */
export const typed = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
