import { Secret } from '@millrace/core';

/** Headers with their secrets, at the last moment before they are sent. */
export const revealedHeaders = (headers: Readonly<Record<string, string | Secret>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      value instanceof Secret ? value.reveal() : value,
    ]),
  );
