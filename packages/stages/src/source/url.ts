import { digestText, type Kind, type Recollection, Secret } from '@millrace/core';
import { cacheFolder } from '../process.js';
import { keepBytes, readIfThere, within } from './disk.js';
import { columnsKnown, type FileConfig, partsOf, runFile, semanticOf } from './file.js';

export interface UrlConfig extends Omit<FileConfig, 'path'> {
  readonly url: string;
}

export interface UrlOptions {
  /** Sent with the request. Keys go in as secrets. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** Where content and ETag are kept. Default: `millrace/urls` in the user's cache folder. */
  readonly keep?: string;
  /** Ask nobody: what was kept last is the content. */
  readonly offline?: boolean;
  readonly timeoutMs?: number;
}

/** A file behind a URL, as a table. Its content is in the key, the URL is not: a mirror gives the same table. */
export const urlKind: Kind<UrlConfig, UrlOptions> = {
  name: 'source',
  version: 2,
  nature: 'pure',
  label: ({ url }) => url,
  semantic: semanticOf,
  settled: async (_, { config: { url }, recall, note }) => {
    const instead = recall(insteadOf(url));
    if (instead) note(String(instead));
    return {};
  },
  work: {
    is: 'whole',
    parts: partsOf,
    columns: columnsKnown,
    world: async ({ url }, options, look) => {
      const { digest, instead = null } = await newest(url, options);
      remember(look, url, instead);
      return { digest };
    },
    run: (context) => {
      const { digest } = context.world as { digest: string };
      const { url } = context.config;
      return runFile(context, { path: within(folderOf(context.options), digest), name: url, digest });
    },
  },
};

const folderOf = ({ keep }: UrlOptions): string => keep ?? cacheFolder('urls', 'keep');

const insteadOf = (url: string): string => `kept instead of ${digestText(url)}`;

function remember(look: Recollection, url: string, instead: string | null): void {
  if ((look.recall(insteadOf(url)) ?? null) !== instead) look.remember(insteadOf(url), instead);
}

interface Kept {
  /** When it was read, for people. */
  readonly at?: string | undefined;
  readonly digest: string;
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

interface Newest {
  readonly digest: string;
  /** Why this is what was kept and not what is there now. */
  readonly instead?: string;
}

/** The digest of what is behind the URL now; of what was kept, where nobody answers or the answer breaks off. */
async function newest(url: string, options: UrlOptions): Promise<Newest> {
  const folder = folderOf(options);
  const kept = await keptOf(folder, aboutOf(url));
  if (options.offline)
    return kept ? { digest: kept.digest } : refuse(url, 'offline is set, and nothing of it was kept');
  const got = await get(url, { kept, folder, options }).catch(
    (error: Error): Got => ({ why: `nobody answers (${reasonOf(error)})`, passing: true }),
  );
  if ('digest' in got) return got;
  return kept && got.passing ? instead(url, kept, got.why) : refuse(url, got.why);
}

type Got = { readonly digest: string } | { readonly why: string; readonly passing: boolean };

interface Asking {
  readonly kept: Kept | undefined;
  readonly folder: string;
  readonly options: UrlOptions;
}

async function get(url: string, { kept, folder, options }: Asking): Promise<Got> {
  const answer = await ask(url, kept, options);
  if (answer.status === 304 && kept) return { digest: kept.digest };
  if (answer.ok && answer.body) return { digest: await keep(folder, url, answer) };
  const why = `the server answered ${answer.status} ${answer.statusText}`.trim();
  return { why, passing: answer.status >= 500 || answer.status === 429 || answer.status === 408 };
}

const instead = (url: string, { digest, at }: Kept, why: string): Newest => ({
  digest,
  instead: `${url} cannot be read now: ${why}. Its content is what was kept${at ? ` on ${at}` : ''}, which may be older than what is there. Run again when it answers, or set offline: true to say that this is meant.`,
});

const aboutOf = (url: string): string => `${digestText(url)}.json`;

async function keep(folder: string, url: string, answer: Response): Promise<string> {
  const digest = await keepBytes(folder, answer.body as NonNullable<Response['body']>);
  const now: Kept = {
    digest,
    at: new Date().toISOString(),
    etag: answer.headers.get('etag') ?? undefined,
    modified: answer.headers.get('last-modified') ?? undefined,
  };
  await keepBytes(folder, [Buffer.from(JSON.stringify({ url, ...now }))], aboutOf(url));
  return digest;
}

async function keptOf(folder: string, about: string): Promise<Kept | undefined> {
  const text = await readIfThere(within(folder, about));
  const kept = text && (JSON.parse(text.toString('utf8')) as Kept);
  return kept && (await readIfThere(within(folder, kept.digest), 0)) ? kept : undefined;
}

function ask(url: string, kept: Kept | undefined, { headers = {}, timeoutMs = 60_000 }: UrlOptions): Promise<Response> {
  const own = Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]);
  return fetch(url, {
    headers: {
      ...Object.fromEntries(own),
      ...(kept?.etag && { 'if-none-match': kept.etag }),
      ...(kept?.modified && { 'if-modified-since': kept.modified }),
    },
    signal: AbortSignal.timeout(timeoutMs),
  });
}

const reasonOf = ({ message, cause }: Error): string =>
  (cause as { readonly message?: string } | undefined)?.message || message;

function refuse(url: string, why: string): never {
  throw new Error(
    `${url} cannot be read: ${why}. Check the address and the connection; once it was read, its content is kept and offline: true works from there.`,
  );
}
