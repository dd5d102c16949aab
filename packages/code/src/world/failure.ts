import { types } from 'node:util';
import type { Thrown } from './inside/calls.js';

/** Where the user's own file says what a place in a script came from: `lib/h.ts:8:12`. */
export type PlaceOf = (line: number, column: number) => string | undefined;

/** Said by what a world does not give, when a row calls it: the inside has no words of the outside. */
export const NOT_GIVEN = /is not given to a function that runs in a world of its own/;

/** An error of a function, as an error of this realm that names the user's place. */
export class FunctionError extends Error {
  /** `lib/h.ts:8:12` */
  readonly place: string | undefined;
  /** What a failed row says. */
  readonly failure: { readonly message: string };

  constructor({ name, message, frames, thrown }: Thrown, places: ReadonlyMap<string, PlaceOf>) {
    super(message, { cause: thrown });
    const found = framesIn(frames, places);
    this.name = name;
    this.place = found[0];
    const said = failureIn(thrown);
    const words = said?.message ?? message;
    this.failure = { ...said, message: this.place ? `${words} (${this.place})` : words };
    this.stack = [`${name}: ${message}`, ...found.map((place) => `    at ${place}`)].join('\n');
  }
}

/** What an error says of itself: that it is for good, or when to ask again. */
const failureIn = (thrown: unknown): { readonly message: string } | undefined =>
  types.isNativeError(thrown) && 'failure' in thrown ? (thrown.failure as { readonly message: string }) : undefined;

const framesIn = (frames: string, places: ReadonlyMap<string, PlaceOf>): string[] =>
  frames.split('\n').flatMap((frame) => {
    const [, script = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(frame) ?? [];
    return places.get(script)?.(Number(line), Number(column)) ?? [];
  });
