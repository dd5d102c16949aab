import { isNamedLikeSecret, type Redactor, redactorOf, redactValue, Secret, secretValues } from '@millrace/core';
import type { Server } from './http.js';

/** An answer is content: a value that may be an ordinary word (`ollama`, `EMPTY`) is no secret there. */
const LONG_ENOUGH = 8;
/** Of what was not sent by us, but perhaps by a library. */
const LONG = 16;

/** What an answer of this server may repeat. */
function redactorFor({ options: { apiKey, headers = {} } }: Server): Redactor {
  const sent = [apiKey, ...Object.values(headers)].flatMap((each) =>
    each instanceof Secret && each.present ? [{ label: each.label, value: each.reveal() }] : [],
  );
  const other = secretValues().filter(({ label, value }) => isNamedLikeSecret(label) && value.length >= LONG);
  return redactorOf([...sent.filter(({ value }) => value.length >= LONG_ENOUGH), ...other]);
}

/** What a server said, without the secrets that it repeats. */
export const redactEchoes = <T>(server: Server, said: T): T => redactValue(said, redactorFor(server));

/** An answer without the secrets that it repeats, and with a name of its model that can be printed. */
export function withoutEchoes<A extends { readonly model: string }>(server: Server, answer: A): A {
  const clean = redactEchoes(server, answer);
  return { ...clean, model: printable(clean.model) };
}

const LONGEST_NAME = 200;

/** A server may answer with anything for its name. */
const printable = (name: unknown): string =>
  String(name)
    .replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
    .slice(0, LONGEST_NAME);
