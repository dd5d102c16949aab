import { createHash } from 'node:crypto';
import type { Columns, Row } from '@millrace/core';

export const show = (value: unknown): string =>
  typeof value === 'number' && Object.is(value, -0)
    ? '-0'
    : typeof value === 'bigint'
      ? `${value}n`
      : `${value ?? '∅'}`;

/** A text and a number that look the same are two values. */
export const typed = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : show(value));

export const sideTable = (role: string, rows: readonly Row[], columns: Columns): string =>
  `${role}=${tell(rows)} of ${JSON.stringify(Object.entries(columns).sort())};`;

export const byText = (a: unknown, b: unknown): number => (show(a) < show(b) ? -1 : show(a) > show(b) ? 1 : 0);

/** Long texts by their digest: they nest. */
export const short = (text: string): string =>
  text.length < 60 ? text : createHash('sha256').update(text).digest('hex').slice(0, 12);

export const tell = (rows: readonly Row[]): string =>
  JSON.stringify(
    rows.map((row) =>
      Object.entries(row)
        .map(([k, v]) => [k, typed(v)])
        .sort(),
    ),
  );
