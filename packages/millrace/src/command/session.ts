import { jsonText as plainJson } from '@millrace/core';
import type { Terminal } from '../process.js';
import type { Paint } from '../render/paint.js';
import type { ProjectAsked } from './opened.js';
import type { Line } from './parse.js';

/** How a command talks. */
export interface Session {
  readonly terminal: Terminal;
  readonly paint: Paint;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Lines for people: not with `--quiet`, not with `--json`. */
  say(lines: readonly string[]): void;
  /** One JSON document, or one line of many. */
  tell(value: unknown): void;
}

/** A command from its line to its exit code. */
export type Run = (line: Line, session: Session) => Promise<number>;

export const projectAsked = (line: Line): ProjectAsked => ({
  file: line.text('file'),
  pipeline: line.text('pipeline'),
  set: line.texts('set'),
  overrides: line.texts('overrides'),
  store: line.text('store'),
  durability: line.text('durability'),
  config: line.text('config'),
  cache: line.has('no-cache') ? 'off' : undefined,
  makesNoStore: line.makesNoStore,
});

/** … of a command that needs only some stages and what stands above them. */
export const projectFor = (needs: readonly string[] | undefined, line: Line): ProjectAsked => ({
  ...projectAsked(line),
  needs,
});

/** Cut to the terminal, whole in a pipe. */
export const columnsOf = ({ terminal }: Session): number | undefined =>
  terminal.live ? terminal.columns() : undefined;

/** JSON of what JSON does not know too: numbers such as NaN and bytes, as text. */
export const jsonText = (value: unknown, space?: number): string => plainJson(value, plainly, space);

/** The same data, with an escape for each character that a terminal may obey and JSON leaves as it is. */
export const screenJson = (value: unknown): string =>
  jsonText(value).replace(
    /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const plainly = (value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map) return Object.fromEntries(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as unknown as Iterable<unknown>)];
  return value;
};
