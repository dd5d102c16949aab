import type { Printed } from '../execute/events.js';

/** A line for each line that was printed. */
export const printedLines = ({ stage, row, text }: Printed): string[] =>
  text.split('\n').map((line) => `${stage}${row === undefined ? '' : ` row ${row}`}: ${line}`);
