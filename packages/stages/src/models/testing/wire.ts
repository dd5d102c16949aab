import type { IncomingMessage } from 'node:http';

/** What goes wrong with one request. */
export type Fault =
  | {
      readonly fault: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  | { readonly fault: 'body'; readonly body: unknown }
  | { readonly fault: 'stall' | 'reset' | 'cut' | 'malformed' | 'wrong-order' | 'wrong-count' };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed where it is JSON, else the bytes. */
  readonly body: unknown;
}

/** What a route answers: JSON, or bytes as they are. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Route = (seen: Seen) => Answer | Promise<Answer>;
