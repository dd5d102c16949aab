import type { Line } from './http.js';

/** A file that is wanted, and all that is known of it before it is there. */
export interface Wanted {
  readonly path: string;
  readonly url: string;
  readonly bytes?: number;
  readonly check?: { readonly is: 'sha256' | 'git'; readonly hex: string };
  /** Of what has no checksum: the server's word for its content, as it was when the run began. */
  readonly version?: string;
}

export interface Transfer extends Line {
  readonly headers: Readonly<Record<string, string>>;
  readonly got: (bytes: number) => void;
  readonly maxBytes?: number | undefined;
}
