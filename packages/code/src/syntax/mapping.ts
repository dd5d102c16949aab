const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Uint8Array(128);
for (let at = 0; at < DIGITS.length; at++) VALUES[DIGITS.charCodeAt(at)] = at;

/** Rows of a source map: column in the text, source, line, column there, all from 0. */
export interface Mapping {
  /** Where the rows of each line of the text begin. */
  readonly lines: readonly number[];
  readonly rows: Int32Array;
}

const WIDTH = 4;
const SEMICOLON = 59;
const COMMA = 44;

/** Node's own reader makes an object of every row, which costs more than all else that is asked of the map. */
export const readMapping = (mappings: string): Mapping => {
  const rows = new Int32Array((mappings.length / 2 + 1) * WIDTH);
  const lines = [0];
  const state = [0, 0, 0, 0, 0];
  let count = 0;
  let field = 0;
  let value = 0;
  let shift = 0;
  const close = () => {
    if (field >= WIDTH) rows.set(state.slice(0, WIDTH), count++ * WIDTH);
    field = 0;
  };
  for (let at = 0; at < mappings.length; at++) {
    const code = mappings.charCodeAt(at);
    if (code === COMMA || code === SEMICOLON) {
      close();
      if (code === SEMICOLON) {
        lines.push(count);
        state[0] = 0;
      }
      continue;
    }
    const digit = VALUES[code]!;
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    state[field] = state[field]! + (value & 1 ? -(value >> 1) : value >> 1);
    field++;
    value = 0;
    shift = 0;
  }
  close();
  lines.push(count);
  return { lines, rows };
};

/** For each line of a text its rows, as `Mapping` has them: the first column, then where that comes from. */
export const writtenMapping = (lines: readonly (readonly (readonly [number, ...number[]])[])[]): string => {
  const state = [0, 0, 0, 0];
  const written = (row: readonly number[]) =>
    row.map((value, field) => {
      const step = value - state[field]!;
      state[field] = value;
      return digitsOf(step < 0 ? (-step << 1) | 1 : step << 1);
    });
  return lines
    .map((rows) => {
      state[0] = 0;
      return rows.map((row) => written(row).join('')).join(',');
    })
    .join(';');
};

const digitsOf = (value: number): string => {
  const rest = value >>> 5;
  return rest > 0 ? DIGITS[(value & 31) | 32]! + digitsOf(rest) : DIGITS[value]!;
};

export interface MappedFrom {
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

/** The last row that stands at or before a place, on its line or an earlier one. */
export const mappedFrom = ({ lines, rows }: Mapping, line: number, column: number): MappedFrom | undefined => {
  let row = (lines[line + 1] ?? lines.at(-1)!) - 1;
  while (row >= (lines[line] ?? 0) && rows[row * WIDTH]! > column) row--;
  if (row < 0) return undefined;
  return { source: rows[row * WIDTH + 1]!, line: rows[row * WIDTH + 2]!, column: rows[row * WIDTH + 3]! };
};
