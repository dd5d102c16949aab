import type { Row } from '@millrace/core';

/** Columns declared as json hold the text of any value. */
export function jsonTexts(row: Row, json: readonly string[]): Row {
  if (json.length === 0) return row;
  const texts = json.filter((name) => row[name] !== null && row[name] !== undefined);
  return { ...row, ...Object.fromEntries(texts.map((name) => [name, JSON.stringify(row[name])])) };
}
