/** Why nothing could be extracted: few words, so that a report can count them. The detail is for people. */
export type Reason =
  | 'null'
  | 'not-text'
  | 'not-bytes'
  | 'no-match'
  | 'several-labels'
  | 'cut-off'
  | 'not-json'
  | 'schema'
  | 'ambiguous'
  | 'unreadable'
  | 'no-text';

export type Nothing = { readonly reason: Reason; readonly detail?: string };
export type Extracted = { readonly value: unknown } | Nothing;

export type Match = 'first' | 'last' | 'all';

/** One kind of extraction. Opening it loads its library and compiles its config; running it never throws for bad content. */
export interface Kind<Description, Input = string> {
  /** raised when the same description would give another value */
  readonly version: number;
  readonly reads: 'text' | 'bytes' | 'any';
  open(description: Description): Promise<(input: Input) => Extracted | Promise<Extracted>>;
}

export const nothing = (reason: Reason, detail?: string): Nothing =>
  detail === undefined ? { reason } : { reason, detail };

/** `all` of nothing is an empty list; the first or last of nothing is no match. */
export function picked<T>(found: readonly T[], match: Match): Extracted {
  if (match === 'all') return { value: found };
  const one = match === 'first' ? found[0] : found.at(-1);
  return one === undefined ? nothing('no-match') : { value: one };
}
