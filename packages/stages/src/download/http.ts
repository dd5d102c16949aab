import { setTimeout as sleep } from 'node:timers/promises';
import { isTooLong, laterText, redact, type Secret, timerMs } from '@millrace/core';
import { retryAfter } from '../models/failure.js';
import { ask, type Init, LedElsewhere, PARTIAL } from '../network/ask.js';
import { Unsendable } from '../network/headers.js';

/** Why a request gave nothing. `final`: asking again gives the same. `past`: there are no bytes from there on. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    message: string,
    readonly how: {
      readonly final?: boolean;
      readonly unreachable?: boolean;
      readonly past?: boolean;
      readonly waitMs?: number | undefined;
    } = {},
  ) {
    super(message);
  }
}

export interface Line {
  readonly signal: AbortSignal;
  readonly retries: number;
  readonly stallMs: number;
  readonly note: (text: string) => void;
  /** Whole addresses with what gives access, by the address that is kept and shown. */
  readonly addresses?: Readonly<Record<string, Secret>> | undefined;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
/** A wait that a person wants to know of. */
const LONG_MS = 5000;

/** Tries until it works, counting only failures in a row: `act` says itself when it came further. */
export async function withRetries<T>(line: Line, act: (further: () => void) => Promise<T>): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      return await act(() => {
        failures = 0;
      });
    } catch (error) {
      if (line.signal.aborted) throw error;
      if (!(error instanceof Refused) || error.how.final || failures >= line.retries) throw error;
      const { waitMs } = error.how;
      if (waitMs !== undefined && isTooLong(waitMs)) throw tooLate(error, waitMs);
      const wait = waitMs ?? Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random());
      failures++;
      if (wait > LONG_MS) line.note(`${error.message} Waits ${Math.round(wait / 1000)} s before the next try.`);
      await sleep(timerMs(wait), undefined, { signal: line.signal });
    }
  }
}

const tooLate = ({ message }: Refused, waitMs: number): Refused =>
  new Refused(`${message} ${laterText(waitMs, Date.now())}`, { final: true });

/** One request. A part is an answer only where one was asked for. A status that is no answer is a refusal; so is a server that says nothing. */
export async function request(url: string, init: Init, line: Line): Promise<Response> {
  const { signal, stallMs, addresses = {} } = line;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), timerMs(stallMs));
  try {
    const whole = addresses[url]?.reveal() ?? url;
    const response = await ask(whole, { ...init, signal: AbortSignal.any([signal, stalled.signal]) }, 'anywhere');
    if (response.ok && (response.status !== PARTIAL || init.headers?.['range'])) return response;
    await response.body?.cancel().catch(() => undefined);
    throw statusRefused(url, response);
  } catch (error) {
    if (error instanceof Unsendable)
      throw new Refused(`${hostOf(url)} was not asked for ${url}: ${error.message}.`, { final: true });
    if (error instanceof LedElsewhere)
      throw new Refused(`${hostOf(url)} gave nothing for ${url}: ${error.message}.`, { final: true });
    throw error instanceof Refused || signal.aborted ? error : unreachable(url, error, stalled.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

export const unreachable = (url: string, error: unknown, stalled: boolean): Refused => {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const why = stalled ? 'it said nothing for too long' : (cause?.code ?? cause?.message ?? message);
  return new Refused(`${hostOf(url)} cannot be reached: ${why}.`, { unreachable: true });
};

function statusRefused(url: string, { status, statusText, headers }: Response): Refused {
  const said = `${hostOf(url)} answered ${status} ${redact(statusText).slice(0, 100)}`.trim();
  if (status === 401 || status === 403)
    return new Refused(
      `${said} for ${url}. Is it private or gated? Accept its terms, and give a token with the right to read it.`,
      { final: true },
    );
  if (status === 404 || status === 410)
    return new Refused(`${said} for ${url}. Check the name, the revision and the address.`, { final: true });
  const passing = status === 408 || status === 416 || status === 425 || status === 429 || status >= 500;
  return new Refused(`${said} for ${url}.`, {
    final: !passing,
    past: status === 416,
    waitMs: retryAfter((name) => headers.get(name), Date.now()),
  });
}

const hostOf = (url: string): string => new URL(url).host;
