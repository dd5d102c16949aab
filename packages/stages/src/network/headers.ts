import { redact, Secret } from '@millrace/core';

/** Headers with their secrets, at the last moment before they are sent. */
export const revealedHeaders = (headers: Readonly<Record<string, string | Secret>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      value instanceof Secret ? value.reveal() : value,
    ]),
  );

/** `fetch` would tell it as a server that cannot be reached, and with the value. */
export class Unsendable extends Error {
  override readonly name = 'Unsendable';
  constructor(header: string) {
    super(
      `the value of ${header} has several lines or signs that no header can hold. Look at the secret that it comes from`,
    );
  }
}

/** The same headers; throws where the value of one cannot be sent. */
export function sendable<H extends Readonly<Record<string, string>>>(headers: H): H {
  const bad = Object.entries(headers).find(([, value]) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(value.trim()));
  if (bad) throw new Unsendable(bad[0]);
  return headers;
}

/** A header of an answer, to be kept. One that repeats a secret is as if it were not there. */
export function heardHeader({ headers }: { readonly headers: Headers }, name: string): string | undefined {
  const value = headers.get(name) ?? undefined;
  return value !== undefined && redact(value) === value ? value : undefined;
}
