/** Options of every source that reads files. */
export interface ReadOptions {
  /** Bytes that one line, one record of CSV or one file read as a cell may have. Default: 64 MiB. */
  readonly maxLineBytes?: number;
}

export const MOST_LINE = 64 << 20;

/** An engine makes no longer text of a file that is read whole. */
export const MOST_DOCUMENT = 0x1fff_ffe8;

/** A table of more columns is a mistake of its file, and each costs memory for every batch. */
export const MOST_COLUMNS = 1 << 16;

/** Types and values nest no deeper: what walks over them uses the stack. */
const MOST_DEPTH = 200;

export const tooLong = (place: string, what: string, most: number): Error =>
  new Error(
    `${place}: ${what} has more than ${most} bytes. Nothing of the file was stored. See whether its line ends or quotes are broken; if it is meant to be so long, allow more with options: { maxLineBytes: ${2 * most} }.`,
  );

export const tooManyColumns = (place: string): Error =>
  new Error(
    `${place}: there are more than ${MOST_COLUMNS} columns. Nothing of the file was stored. Give rows fewer fields: values that belong together can be a list or one object in one column.`,
  );

/** Why a JSON value cannot be taken, whatever its column; undefined where it can. */
export function refusedJson(value: unknown, text: string): string | undefined {
  // Each level has two signs at least, so that short texts need no look.
  if (text.length > 2 * MOST_DEPTH && isDeeper(value, MOST_DEPTH))
    return `it is nested more than ${MOST_DEPTH} levels deep. Make it flat, or keep it as a text of JSON`;
  if (text.includes('\\u') && hasBrokenName(value))
    return 'a name in it has half of a surrogate pair (\\ud800 to \\udfff), which is no text. Write the whole pair';
  return undefined;
}

function isDeeper(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  if (Array.isArray(value)) return value.some((each) => isDeeper(each, left - 1));
  return Object.values(value).some((each) => isDeeper(each, left - 1));
}

interface WellFormed {
  isWellFormed(): boolean;
}

function hasBrokenName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasBrokenName);
  return Object.entries(value).some(
    ([name, each]) => !(name as unknown as WellFormed).isWellFormed() || hasBrokenName(each),
  );
}

/** Text of two or four bytes a sign would be read as other signs, or as nothing but broken lines. */
export function refuseUtf16(start: Uint8Array, file: string): void {
  const [a = 1, b = 1, c = 1, d = 1] = start;
  const marked = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  const bare = (a === 0 && b > 0 && c === 0 && d > 0) || (a > 0 && b === 0 && c > 0 && d === 0);
  if (!marked && !bare) return;
  throw new Error(
    `${file}:1: the file is not UTF-8: it looks like UTF-16, as some Windows programs write it. Nothing of the file was stored. Save the file as UTF-8.`,
  );
}
