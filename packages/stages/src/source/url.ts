import { digestText, type Kind, type Look, type Recollection, redact, type Secret } from '@millrace/core';
import { addressOf } from '../network/address.js';
import { ask, PARTIAL } from '../network/ask.js';
import { bytesText, piecesOf, steady, TooLong } from '../network/body.js';
import { revealedHeaders, Unsendable } from '../network/headers.js';
import { cacheFolder } from '../process.js';
import type { ReadOptions } from './bounds.js';
import { digestOf } from './disk.js';
import { columnsKnown, type FileConfig, partsOf, runFile, semanticOf } from './file.js';
import { contentOf, type Kept, keepAnswer, keptOf } from './kept-url.js';

export interface UrlConfig extends Omit<FileConfig, 'path'> {
  /** Without user, password and signature. */
  readonly url: string;
}

export interface UrlOptions extends ReadOptions {
  /** Sent with the request. Keys go in as secrets. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** Added to the address when it is asked, kept and shown nowhere: `{ token: secret.env('TOKEN') }`. */
  readonly query?: Readonly<Record<string, Secret>>;
  /** Where content and ETag are kept. Default: `millrace/urls` in the user's cache folder. */
  readonly keep?: string;
  /** Ask nobody: what was kept last is the content. */
  readonly offline?: boolean;
  /** No byte for so long: the server counts as gone. */
  readonly timeoutMs?: number;
  /** A longer body is given up. */
  readonly maxBytes?: number;
}

interface Asked extends UrlOptions {
  /** The whole address, where it gives access. */
  readonly address?: Secret;
  readonly authorization?: Secret;
}

/** Config and options of an address that a user wrote: what gives access goes into the options, as secrets. */
export function urlSettings(written: string, options: UrlOptions): { readonly url: string; readonly options: Asked } {
  const { shown, asked, authorization } = addressOf(written);
  return {
    url: shown,
    options: { ...options, ...(asked && { address: asked }), ...(authorization && { authorization }) },
  };
}

/** A file behind a URL, as a table. Its content is in the key, the URL is not: a mirror gives the same table. */
export const urlKind: Kind<UrlConfig, Asked> = {
  name: 'source',
  version: 2,
  nature: 'pure',
  label: ({ url }) => url,
  semantic: semanticOf,
  settled: async (_, { config: { url }, recall, note }) => {
    const said = recall(saidOf(url));
    if (said) note(String(said));
    return {};
  },
  work: {
    is: 'whole',
    parts: partsOf,
    columns: columnsKnown,
    world: async ({ url }, options, look) => {
      const { digest, said = null } = await newest(url, options, look);
      remember(look, url, said);
      return { digest };
    },
    run: (context) => {
      const { digest } = context.world as { digest: string };
      const { url } = context.config;
      return runFile(context, { path: contentOf(folderOf(context.options), digest), name: url, digest });
    },
  },
};

const folderOf = ({ keep }: UrlOptions): string => keep ?? cacheFolder('urls', 'keep');

/** What is to be said of the content of an address, whether the stage runs or not. */
const saidOf = (url: string): string => `kept instead of ${digestText(url)}`;

function remember(look: Recollection, url: string, said: string | null): void {
  if ((look.recall(saidOf(url)) ?? null) !== said) look.remember(saidOf(url), said);
}

interface Newest {
  readonly digest: string;
  /** Why this is what was kept and not what is there now, or what was wrong with what was kept. */
  readonly said?: string;
}

/** The digest of what is behind the URL now; of what was kept, where nobody answers or the answer breaks off. */
async function newest(url: string, options: Asked, look: Look): Promise<Newest> {
  const folder = folderOf(options);
  const found = await keptOf(folder, url, (path) => digestOf(path, look, 'anywhere'));
  const kept = found && 'kept' in found ? found.kept : undefined;
  const distrusted = found && 'distrusted' in found ? found.distrusted : undefined;
  if (options.offline) return kept ? { digest: kept.digest } : refuse(url, offlineWithout(distrusted));
  const got = await get(url, { kept, folder, options }).catch(
    (error: Error): Got =>
      error instanceof Unsendable
        ? { why: error.message, passing: false }
        : { why: `nobody answers (${reasonOf(error)})`, passing: true },
  );
  if ('digest' in got) return distrusted ? { ...got, said: again(url, distrusted) } : got;
  return kept && got.passing
    ? instead(url, kept, got.why)
    : refuse(url, distrusted ? `${got.why}; ${distrusted}` : got.why);
}

const offlineWithout = (distrusted: string | undefined): string =>
  `offline is set, and ${distrusted ?? 'nothing of it was kept'}`;

const again = (url: string, distrusted: string): string =>
  `${url} was read whole: ${distrusted}, and is not used. Nothing is to be done; if it happens often, look at the disk and at who can write to the cache.`;

type Got = { readonly digest: string } | { readonly why: string; readonly passing: boolean };

interface Asking {
  readonly kept: Kept | undefined;
  readonly folder: string;
  readonly options: Asked;
}

const SILENT_MS = 60_000;
/** So long is waited for word of what was kept. */
const LOOK_MS = 2000;
/** A table that is larger is mostly none. */
const MOST_BYTES = 4 * 2 ** 30;

async function get(url: string, { kept, folder, options }: Asking): Promise<Got> {
  const end = new AbortController();
  try {
    const { timeoutMs = SILENT_MS, maxBytes = MOST_BYTES } = options;
    const patience = kept ? Math.min(LOOK_MS, timeoutMs) : timeoutMs;
    const answer = await steady(request(url, { kept, options, signal: end.signal }), patience);
    if (answer.status === 304 && kept) return { digest: kept.digest };
    const length = Number(answer.headers.get('content-length') ?? 0);
    const whole = answer.ok && answer.status !== PARTIAL;
    if (whole && length > maxBytes) return tooLong(maxBytes);
    if (whole)
      return {
        digest: await keepAnswer(
          folder,
          { url, headers: answer.headers },
          piecesOf(answer, { most: maxBytes, stallMs: timeoutMs }),
        ),
      };
    const why = `the server answered ${answer.status} ${redact(answer.statusText).slice(0, 100)}`.trim();
    return { why, passing: answer.status >= 500 || answer.status === 429 || answer.status === 408 };
  } catch (error) {
    if (error instanceof TooLong) return tooLong(error.most);
    throw error;
  } finally {
    end.abort();
  }
}

const tooLong = (most: number): Got => ({
  why: `it is longer than ${bytesText(most)}, and the rest was not read. Raise the option maxBytes, if that is meant`,
  passing: false,
});

const instead = (url: string, { digest, at }: Kept, why: string): Newest => ({
  digest,
  said: `${url} cannot be read now: ${why}. Its content is what was kept${at ? ` on ${at}` : ''}, which may be older than what is there. Run again when it answers, or set offline: true to say that this is meant.`,
});

interface Request {
  readonly kept: Kept | undefined;
  readonly options: Asked;
  readonly signal: AbortSignal;
}

function request(url: string, { kept, options, signal }: Request): Promise<Response> {
  const { headers = {}, authorization } = options;
  return ask(
    addressAsked(url, options),
    {
      signal,
      headers: {
        ...(authorization && { authorization: authorization.reveal() }),
        ...revealedHeaders(headers),
        ...(kept?.etag && { 'if-none-match': kept.etag }),
        ...(kept?.modified && { 'if-modified-since': kept.modified }),
      },
    },
    'anywhere',
  );
}

function addressAsked(url: string, { address, query = {} }: Asked): string {
  const whole = new URL(address?.reveal() ?? url);
  const more = Object.entries(query);
  if (more.length === 0) return address?.reveal() ?? url;
  for (const [name, value] of more) whole.searchParams.set(name, value.reveal());
  return whole.href;
}

const reasonOf = ({ message, cause }: Error): string =>
  redact((cause as { readonly message?: string } | undefined)?.message || message);

function refuse(url: string, why: string): never {
  throw new Error(
    `${url} cannot be read: ${why}. Check the address and the connection; once it was read, its content is kept and offline: true works from there.`,
  );
}
