import { redact } from '@millrace/core';
import { shownAddress } from './address.js';
import { sendable } from './headers.js';

/** A server sends its callers elsewhere, and they may not go there. */
export class LedElsewhere extends Error {
  override readonly name = 'LedElsewhere';
  constructor(
    /** Where it leads, as it may be shown. */
    readonly to: string,
    readonly status: number,
    why: string,
  ) {
    super(`it answered ${status} and leads to ${to}, ${why}`);
  }
}

/** The status of a part of what there is. */
export const PARTIAL = 206;

/** How a request may be led on: only within its origin, or anywhere without what is secret of it. */
export type Rule = 'same origin' | 'anywhere';

const MOST_HOPS = 10;

export type Init = RequestInit & { readonly headers?: Readonly<Record<string, string>> };

/** One request with the hops of its redirects, each seen and allowed here: `fetch` alone takes secret headers along. */
export async function ask(url: string, init: Init, rule: Rule): Promise<Response> {
  let request: Hop = { url, init: { ...init, headers: new Headers(sendable(init.headers ?? {})) } };
  for (let hops = 0; ; hops++) {
    const response = await fetch(request.url, { ...request.init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel().catch(() => undefined);
    request = next(request, { status: response.status, location, rule, hops });
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

interface Hop {
  readonly url: string;
  readonly init: RequestInit & { readonly headers: Headers };
}

interface Redirect {
  readonly status: number;
  readonly location: string;
  readonly rule: Rule;
  readonly hops: number;
}

function next({ url, init }: Hop, { status, location, rule, hops }: Redirect): Hop {
  const refuse = (why: string, to = location): never => {
    throw new LedElsewhere(shownAddress(redact(to)), status, why);
  };
  const from = new URL(url);
  const to = URL.canParse(location, url) ? new URL(location, url) : refuse('which is no address');
  if (!/^https?:$/.test(to.protocol)) refuse('which is no web address', to.href);
  if (hops >= MOST_HOPS) refuse(`after ${MOST_HOPS} redirects before it`, to.href);
  const secrets = secretHeaders(init.headers);
  const away = to.origin !== from.origin;
  if (away && rule === 'same origin') refuse('which is another server', to.href);
  const bare = from.protocol === 'https:' && to.protocol === 'http:';
  if (bare && (secrets.length || redact(url) !== url)) refuse('where anybody on the way can read along', to.href);
  const keeps = status === 307 || status === 308 || isRead(init.method);
  if (!keeps && rule === 'same origin') refuse(`which says to ask again without what was sent`, to.href);
  to.username = '';
  to.password = '';
  return {
    url: to.href,
    init: { ...(keeps ? init : asRead(init)), headers: away ? without(init.headers, secrets) : init.headers },
  };
}

const isRead = (method = 'GET'): boolean => /^(get|head)$/i.test(method);

const asRead = ({ body: _, ...init }: Hop['init']): Hop['init'] => ({ ...init, method: 'GET' });

const SECRET_HEADER = /authorization|key|token|cookie|secret|password|credential|signature|session/i;

/** By their names, or because they hold a secret that this process knows. */
const secretHeaders = (headers: Headers): string[] =>
  [...headers].filter(([name, value]) => SECRET_HEADER.test(name) || redact(value) !== value).map(([name]) => name);

function without(headers: Headers, names: readonly string[]): Headers {
  const left = new Headers(headers);
  for (const name of names) left.delete(name);
  return left;
}
