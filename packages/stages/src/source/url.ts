import { digestText, type Kind, Secret } from '@millrace/core';
import { cacheFolder, keepBytes, readIfThere, within } from './disk.js';
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
  version: 1,
  nature: 'pure',
  label: ({ url }) => url,
  semantic: semanticOf,
  work: {
    is: 'whole',
    parts: partsOf,
    columns: columnsKnown,
    world: async ({ url }, options) => ({ digest: await newest(url, options) }),
    run: (context) => {
      const { digest } = context.world as { digest: string };
      const { url } = context.config;
      return runFile(context, { path: within(folderOf(context.options), digest), name: url, digest });
    },
  },
};

const folderOf = ({ keep }: UrlOptions): string => keep ?? cacheFolder('urls');

interface Kept {
  readonly digest: string;
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

/** The digest of what is behind the URL now; of what was kept, where nobody answers. */
async function newest(url: string, options: UrlOptions): Promise<string> {
  const folder = folderOf(options);
  const about = `${digestText(url)}.json`;
  const kept = await keptOf(folder, about);
  if (options.offline) return kept?.digest ?? refuse(url, 'offline is set, and nothing of it was kept');
  const answer = await ask(url, kept, options).catch((error: Error) => error);
  if (answer instanceof Error) return kept?.digest ?? refuse(url, `nobody answers (${reasonOf(answer)})`);
  if (answer.status === 304 && kept) return kept.digest;
  if (answer.status >= 500 && kept) return kept.digest;
  if (!answer.ok || !answer.body)
    return refuse(url, `the server answered ${answer.status} ${answer.statusText}`.trim());
  const digest = await keepBytes(folder, answer.body);
  const { headers } = answer;
  const now: Kept = {
    digest,
    etag: headers.get('etag') ?? undefined,
    modified: headers.get('last-modified') ?? undefined,
  };
  await keepBytes(folder, [Buffer.from(JSON.stringify({ url, ...now }))], about);
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

const reasonOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

function refuse(url: string, why: string): never {
  throw new Error(
    `${url} cannot be read: ${why}. Check the address and the connection; once it was read, its content is kept and offline: true works from there.`,
  );
}
