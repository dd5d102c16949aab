import { redact } from '@millrace/core';

export type FailureKind =
  | 'rate-limited'
  | 'server'
  | 'timeout'
  | 'network'
  | 'malformed'
  | 'too-large'
  | 'auth'
  | 'not-found'
  | 'bad-request'
  | 'refused'
  | 'cancelled';

/** Why a call gave no answer, as data: who retries, stops or reports decides from this and never from the text. */
export interface CallFailure {
  readonly kind: FailureKind;
  readonly message: string;
  /** The provider said when to come back. */
  readonly retryAfterMs?: number;
  /** Every other row would fail in the same way: stop, don't spend. */
  readonly everyRow: boolean;
  /** Nobody was there to answer, and the next call may find nobody either. */
  readonly unanswered: boolean;
  /** The same request would fail again. */
  readonly permanent: boolean;
  /** One text of several may be the cause, though asking again may help. */
  readonly perhapsOneRow?: boolean;
  readonly status?: number;
}

export class CallError extends Error {
  override readonly name = 'CallError';
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const PERMANENT: ReadonlySet<FailureKind> = new Set([
  'auth',
  'not-found',
  'bad-request',
  'too-large',
  'refused',
  'cancelled',
]);
const EVERY_ROW: ReadonlySet<FailureKind> = new Set(['auth', 'not-found']);

export type Details = Partial<Omit<CallFailure, 'kind' | 'message'>>;

export const failure = (kind: FailureKind, message: string, details: Details = {}): CallFailure => ({
  kind,
  message: scrub(message),
  everyRow: EVERY_ROW.has(kind),
  unanswered: kind === 'network',
  permanent: PERMANENT.has(kind),
  ...details,
});

export const callError = (kind: FailureKind, message: string, details?: Details): CallError =>
  new CallError(failure(kind, message, details));

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: 'auth',
  402: 'auth',
  403: 'auth',
  404: 'not-found',
  408: 'timeout',
  409: 'server',
  425: 'server',
  429: 'rate-limited',
};

/** What an HTTP status says, before the body is looked at. */
const kindOfStatus = (status: number): FailureKind =>
  KINDS[status] ?? (status >= 500 || status < 400 ? 'server' : 'bad-request');

/** What the provider's own error code says that its status does not. */
export function kindOfCode(status: number, code: string): Pick<CallFailure, 'kind'> & Details {
  if (/insufficient_quota|billing/.test(code)) return { kind: 'auth' };
  if (/content_filter|content_policy|safety/.test(code)) return { kind: 'refused' };
  return { kind: kindOfStatus(status) };
}

/** `Retry-After` in seconds or as a date, or `retry-after-ms`; `now` is the caller's clock. */
export function retryAfter(header: (name: string) => string | null | undefined, now: number): number | undefined {
  const ms = header('retry-after-ms')?.trim();
  if (ms && Number(ms) >= 0) return Math.min(Number(ms), TEN_YEARS_MS);
  const text = header('retry-after')?.trim();
  if (!text) return undefined;
  if (Number(text) >= 0) return Math.min(Number(text) * 1000, TEN_YEARS_MS);
  // `Date.parse` takes a mere number for a year.
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), TEN_YEARS_MS);
}

/** More is no time that anybody means. */
const TEN_YEARS_MS = 3650 * 86_400_000;

// Servers echo what they were sent; a key that is none of ours to know (inside an SDK's model) still has these shapes.
const scrub = (text: string): string =>
  redact(text)
    .replace(/\bBearer\s+(?!\[secret )\S+/gi, 'Bearer [secret]')
    .replace(/\b(sk|pk|rk|gsk|xai)[-_][\w-]{8,}/g, '[secret]');
