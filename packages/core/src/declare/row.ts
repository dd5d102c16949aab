// biome-ignore lint/suspicious/noExplicitAny: a row of unknown columns; `unknown` would make typed rows unassignable.
export type Row = Record<string, any>;
